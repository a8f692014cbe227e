import type { NdArray } from "@elbo/jit";
import { assertInteger, describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { LabelsLike } from "../data/examples.ts";
import { conditionRows } from "../model/exampleRows.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import type { AnyPrior } from "../priors/prior.ts";
import { Random } from "../random/random.ts";
import { runRows } from "../runner/rows.ts";
import { assertResultFits, oneOrAll, readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";
import { decodeCodes, readCodes, shownOptions } from "./decode.ts";
import type { ShownOptions } from "./decode.ts";
import { guidanceRule, readGuidance, strengthFeed } from "./guidance.ts";
import type { Guidance } from "./guidance.ts";
import {
  conditionColumns,
  drawNoise,
  guidedProgram,
  priorNoise,
  sampleProgram,
} from "./programs.ts";

/** What {@link sample} is told besides the condition. */
interface OwnOptions extends ShownOptions {
  /** Draws the codes in the place of the model's own prior: a code prior, a mixture fitted to the posteriors. */
  readonly prior?: AnyPrior;
  /** For a prior that has one (codes: divides the logits); default 1. */
  readonly temperature?: number;
  /** How strongly samples are led away from those without the condition, at least 0: 1 (default) is the condition as it is. For models that can do without. */
  readonly guidance?: Guidance;
  /** For a prior over codes: draws among so many of the most likely codes only; default all. */
  readonly topK?: number;
  /** One class for all, for a prior of several classes (a conditional model has its own `label`). */
  readonly label?: number;
  /** One class for each. */
  readonly labels?: LabelsLike;
}

/** A model may hold the prior that its codes are drawn from. */
export interface HoldsPrior {
  readonly prior?: AnyPrior | undefined;
}

/** Options of {@link sample}; example i is the same for any count. */
export interface SampleOptions extends CallOptions, OwnOptions {}

const sampleOptions = {
  ...shownOptions,
  prior: {
    rule: rules.such<AnyPrior>(
      "a prior with sample(count, options)",
      (value) => typeof (value as Partial<AnyPrior> | null)?.sample === "function",
    ),
    default: undefined,
    shown: "the model's",
    doc: "what draws the codes",
  },
  temperature: {
    rule: rules.number({ above: 0 }),
    default: undefined,
    shown: "1",
    doc: "spread of the prior's draws",
  },
  guidance: {
    rule: guidanceRule,
    default: undefined,
    shown: "1",
    doc: "how strongly samples are led away from those without the condition",
  },
  topK: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "all",
    doc: "draws among so many of the most likely codes",
  },
  label: { rule: rules.any<number>(), default: undefined, doc: "one class for all" },
  labels: { rule: rules.any<LabelsLike>(), default: undefined, doc: "one class for each" },
} satisfies OptionTable<OwnOptions>;

/**
 * New examples: latents or codes from the prior, then the mean of the likelihood (or a draw from it). The prior is the
 * one that is given, else the one that the model holds, else that of its latents.
 *
 * @param count number of examples
 * @throws Error with the scheme's sentence when there is no prior
 */
export async function sample(
  model: LatentVariableModel & HoldsPrior,
  count: number,
  options: SampleOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "sample";
  const { own, told, compute } = readCall({ model, fn }, sampleOptions, options);
  const { draw, seed, prior = model.prior, guidance, ...ofPrior } = own;
  assertInteger({ fn, name: "count" }, count, { min: 1 });
  assertResultFits(model, { fn, name: "count" }, { count });
  const guided = readGuidance(fn, model, guidance);
  const rows = await conditionRows(fn, model.condition, { given: told, count });
  if (prior !== undefined) {
    if (guided?.space === "latents") {
      throw new TypeError(
        `${fn}: guidance must be in the space "logits" with a prior of another, got "latents"`,
      );
    }
    const drawn = await prior.sample(count, { seed, ...given(ofPrior), ...told, ...compute });
    const codes = await readCodes(fn, model, drawn);
    assertCount(codes, count);
    const shown = { draw, seed, compute, strength: guided?.strength };
    return oneOrAll(await decodeCodes(model, { codes, told: rows }, shown));
  }
  refuseOfPrior(fn, given(ofPrior), told);
  assertPriors(fn, model);
  const columns = await runRows(model, {
    name: `sample${draw ? " draw" : ""}${guided === undefined ? "" : ` ${guided.space}`}`,
    program: () =>
      guided === undefined
        ? sampleProgram(model, { draw })
        : guidedProgram(model, { draw, space: guided.space }),
    compute,
    count,
    sources: [{ rows, columns: conditionColumns(model) }],
    noise: { ...priorNoise(model), ...drawNoise(model, { draw }) },
    random: new Random(seed).fork("sample"),
    scalars: {
      ...scalarsOfModel(model),
      ...(guided === undefined ? {} : { [strengthFeed]: guided.strength }),
    },
  });
  return oneOrAll(columns);
}

/** The options that were given. */
const given = (options: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

/** Refuses options of a prior where there is none, but for those that the model's own condition takes. */
function refuseOfPrior(
  fn: string,
  ofPrior: Readonly<Record<string, unknown>>,
  told: Readonly<Record<string, unknown>>,
): void {
  for (const [name, value] of Object.entries(ofPrior)) {
    if (Object.hasOwn(told, name)) continue;
    throw new TypeError(
      `${fn}: ${name} must come with a prior that has one, got ${describeValue(value)} without a prior`,
    );
  }
}

function assertCount(codes: NdArrays, count: number): void {
  const [{ shape }] = Object.values(codes);
  if (shape[0] === count) return;
  throw new Error(`sample: prior must give ${count} codes, got ${shape[0]}`);
}

/** Refuses a model whose latents have no prior of their own. */
export function assertPriors(fn: string, { kind, levels }: LatentVariableModel): void {
  for (const latents of Object.values(levels)) {
    if (latents.prior !== undefined) continue;
    throw new Error(latents.noPrior ?? `${fn}: the model must have a prior, got a ${kind} without`);
  }
}
