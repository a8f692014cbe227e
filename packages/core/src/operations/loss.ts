import type { ExamplesLike } from "../data/examples.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { resolveSchedule } from "../objective/schedule.ts";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { Random } from "../random/random.ts";
import { exampleTerms } from "../runner/terms.ts";
import { readCall } from "./call.ts";
import type { CallOptions } from "./call.ts";

interface LossOwn {
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
  /** The step at which schedules are read; default the model's present step. */
  readonly step?: number;
}

/** Options of {@link loss}. */
export interface LossOptions extends CallOptions, LossOwn {}

const lossOptions = {
  seed: { rule: rules.integer(), default: 0, doc: "seed of noise and binarization" },
  step: {
    rule: rules.integer({ min: 0 }),
    default: undefined,
    shown: "the model's",
    doc: "the step at which schedules are read",
  },
} satisfies OptionTable<LossOwn>;

/** What training minimizes. */
export interface LossReport {
  /** The weighted sum of the terms, nats per example. */
  readonly total: number;
  /** Means over the examples, unweighted, nats; terms of the batch are means over whole batches of the size trained with. */
  readonly terms: Readonly<Record<string, number>>;
}

/**
 * The objective on some examples: its terms and their weighted sum, at the model's present step unless told otherwise.
 *
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function loss(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: LossOptions = {},
): Promise<LossReport> {
  const fn = "loss";
  const { own, told, compute } = readCall({ model, fn }, lossOptions, options);
  const { seed, step = model.step } = own;
  const rows = await model.rows(fn, x, told);
  const random = new Random(seed).fork("loss");
  const { terms, ofBatch } = await exampleTerms(model, rows, { random, step, compute });
  const others = model.phases.slice(1).map(({ name }) => `${name}.`);
  const weights = model.phases[0].weights ?? {};
  const means: Record<string, number> = {};
  let total = 0;
  for (const [name, values] of Object.entries({ ...terms, ...ofBatch })) {
    if (others.some((prefix) => name.startsWith(prefix))) continue;
    means[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
    const weight = Object.hasOwn(weights, name) ? resolveSchedule(weights[name])(step) : 1;
    if (weight !== 0) total += weight * means[name];
  }
  return { total, terms: means };
}
