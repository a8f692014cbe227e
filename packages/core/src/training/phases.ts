import type * as tf from "@tensorflow/tfjs-core";
import { scheduleRule } from "../objective/schedule.ts";
import type { Optimizer } from "../step/optimizer.ts";
import type { Schedule } from "../step/schedule.ts";
import type { Phase, Trainable } from "../step/trainable.ts";

/** A phase with everything that its part of a step needs. */
export interface StepPhase {
  readonly name: string;
  /** What it moves, by name. */
  readonly variables: ReadonlyMap<string, tf.Variable>;
  readonly optimizer: Optimizer;
  readonly weights: ReadonlyMap<string, Schedule>;
  readonly terms: (...from: Parameters<Phase["terms"]>) => ReturnType<Phase["terms"]>;
}

/** What besides the trainable decides about its phases. */
export interface PhaseOptions {
  /** For phases without one of their own. */
  readonly optimizer: Optimizer;
  /** Which variables may move; the others keep their values. */
  readonly trains?: ((name: string) => boolean) | undefined;
}

/**
 * Gives every phase its variables, optimizer and weights.
 *
 * @throws RangeError when a variable belongs to two phases, two phases leave their variables open, or nothing is trained
 */
export function resolvePhases(
  trainable: Trainable,
  { optimizer, trains = () => true }: PhaseOptions,
): StepPhase[] {
  const { phases, variables } = trainable;
  const owners = ownersOf(trainable);
  const resolved = phases.map((phase): StepPhase => {
    const own = Object.entries(variables).filter(
      ([name]) => owners.get(name) === phase.name && trains(name),
    );
    for (const [name, variable] of own) assertTrainable(name, variable);
    return {
      name: phase.name,
      variables: new Map(own),
      optimizer: checkedOptimizer(phase.optimizer ?? optimizer),
      weights: weightsOf(phase),
      terms: (pass, context) => phase.terms(pass, context),
    };
  });
  if (resolved.every(({ variables: own }) => own.size === 0)) {
    throw new RangeError(
      `train: trains must choose at least one variable that a phase moves, got none of ${listed(Object.keys(variables))}`,
    );
  }
  return resolved;
}

/** @throws TypeError or RangeError for a weight that is neither a finite number nor a schedule */
const weightsOf = ({ name: phase, weights = {} }: Phase): Map<string, Schedule> =>
  new Map(
    Object.entries(weights).map(([term, weight]) => {
      const name = `the weight of ${term} in phase ${phase}`;
      return [term, scheduleRule().read({ fn: "train", name }, weight)];
    }),
  );

/** The phase that each variable belongs to, by name; variables that no phase moves are left out. */
function ownersOf({ kind, phases, variables }: Trainable): Map<string, string> {
  const names = phases.map(({ name }) => name);
  if (phases.length === 0) throw new RangeError(`train: a ${kind} must have a phase, got none`);
  if (new Set(names).size !== names.length) {
    throw new RangeError(`train: phases must have different names, got ${names.join(", ")}`);
  }
  const open = phases.filter(({ trains }) => trains === undefined).map(({ name }) => name);
  if (open.length > 1) {
    throw new RangeError(
      `train: at most one phase may leave open which variables it trains, got ${open.join(" and ")}`,
    );
  }
  const owners = new Map<string, string>();
  for (const name of Object.keys(variables)) {
    const takers = phases.filter(({ trains }) => trains?.(name) === true);
    if (takers.length > 1) {
      throw new RangeError(
        `train: a variable must belong to one phase, got ${name} in ${takers.map((phase) => phase.name).join(" and ")}`,
      );
    }
    const owner = takers[0]?.name ?? open[0];
    if (owner !== undefined) owners.set(name, owner);
  }
  return owners;
}

/** TF.js leaves variables that say of themselves that they are not trained out of gradients, in silence. */
function assertTrainable(name: string, variable: tf.Variable): void {
  if (variable.trainable) return;
  throw new RangeError(
    `train: variables must be trainable, got ${name}, which is not; it belongs into state`,
  );
}

function checkedOptimizer(optimizer: Optimizer): Optimizer {
  const { kind, slots } = optimizer;
  const bad = slots.find((name, i) => name === "variable" || slots.indexOf(name) !== i);
  if (bad === undefined) return optimizer;
  throw new RangeError(
    `train: slots of an optimizer must have names of their own other than "variable", got ${JSON.stringify(bad)} of ${kind}`,
  );
}

const listed = (names: readonly string[]): string =>
  names.length <= 6
    ? names.join(", ")
    : `${names.slice(0, 6).join(", ")} and ${names.length - 6} more`;
