import type { NdArray } from "@elbo/jit";
import { canonicalJson } from "../json.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Trainable } from "../step/trainable.ts";
import type { EpochOrigin } from "./epochs.ts";
import type { StepPhase } from "./phases.ts";
import { optimizerIdentity } from "./runIdentity.ts";
import type { RunWeights, Values } from "./runWeights.ts";
import type { StepParts } from "./stepVariables.ts";

/** What the end of a run leaves for the next one: as arrays, since TF.js never forgets a variable. */
interface Continuation {
  readonly step: number;
  readonly origin: EpochOrigin;
  /** By phase: what its slots are those of. */
  readonly slotsOf: ReadonlyMap<string, string>;
  readonly since: { readonly phases: Readonly<Record<string, number>>; readonly average: number };
  /** Slots and averages by their names in checkpoints. */
  readonly kept: Values;
  readonly average:
    | {
        readonly decay: number;
        /** The weights that the averages are of; the trainable was given the averages. */
        readonly weights: Values;
      }
    | undefined;
}

const continuations = new WeakMap<object, Continuation>();

/** Where the training of a trainable broke off, if it is still at that step. */
export function originBefore(trainable: Trainable): EpochOrigin | undefined {
  const continuation = continuations.get(trainable);
  return continuation?.step === (trainable.step ?? 0) ? continuation.origin : undefined;
}

/** Keeps what the next run goes on with; called before the trainable is given averages or best weights. */
export async function keepContinuation(
  parts: StepParts,
  weights: RunWeights,
  { step, origin }: Pick<Continuation, "step" | "origin">,
): Promise<void> {
  const { trainable, phases, since, average } = parts;
  continuations.set(trainable, {
    step,
    origin,
    slotsOf: new Map(phases.map((phase) => [phase.name, slotsIdentity(phase)])),
    since: { phases: { ...since.phases }, average: since.average },
    kept: await weights.readKept(),
    average: average && { decay: average.decay, weights: await weights.readModel() },
  });
}

/** Forgets what {@link keepContinuation} kept. */
export function dropContinuation(trainable: Trainable): void {
  continuations.delete(trainable);
}

/**
 * Lets slots and averages begin: with their last values where the same optimizer goes on with the same variables at the step
 * where it was, else with their starting values.
 */
export async function startKept(
  parts: StepParts,
  weights: RunWeights,
  step: number,
): Promise<void> {
  const { trainable, phases, since, average } = parts;
  const before = continuations.get(trainable);
  const goesOn = before?.step === step ? before : undefined;
  const taken: Record<string, NdArray> = {};
  for (const phase of phases) {
    const same = goesOn?.slotsOf.get(phase.name) === slotsIdentity(phase);
    since.phases[phase.name] = (same ? goesOn?.since.phases[phase.name] : undefined) ?? step;
    if (goesOn !== undefined && same) takeInto(taken, goesOn.kept, `optimizer/${phase.name}/`);
  }
  since.average = step;
  await weights.startAverages();
  const averages = goesOn?.average;
  if (goesOn !== undefined && average !== undefined && averages?.decay === average.decay) {
    const { variables } = trainable;
    const isAveraged = await holds(variables, withoutPrefix("average/", goesOn.kept));
    if (isAveraged || (await holds(variables, averages.weights))) {
      since.average = goesOn.since.average;
      takeInto(taken, goesOn.kept, "average/");
      await weights.writeModel(averages.weights);
    }
  }
  weights.writeKept(taken);
}

/** Whether variables have certain values, bit for bit; those that none is named for do not matter. */
async function holds(variables: NamedVariables, values: Values): Promise<boolean> {
  for (const [name, { data }] of Object.entries(values)) {
    const now = Object.hasOwn(variables, name) ? await variables[name].data<"float32">() : data;
    if (data.length !== now.length || now.some((value, i) => value !== data[i])) return false;
  }
  return true;
}

const withoutPrefix = (prefix: string, values: Values): Values =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );

function takeInto(out: Record<string, NdArray>, values: Values, prefix: string): void {
  for (const [name, value] of Object.entries(values)) {
    if (name.startsWith(prefix)) out[name] = value;
  }
}

const slotsIdentity = (phase: StepPhase): string =>
  canonicalJson({ ...optimizerIdentity(phase), variables: [...phase.variables.keys()] });
