/**
 * Posterior collapse: a decoder that can do without its latents, such as one that sees earlier tokens, learns to ignore them, and the
 * encoder then says nothing. Source: Bowman et al. 2016 (arXiv:1511.06349), section 3.1.
 */
import * as tf from "@tensorflow/tfjs-core";
import { describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { arrayRows } from "../data/arrayRows.ts";
import type { ExamplesLike } from "../data/examples.ts";
import type { ExampleRows } from "../model/exampleRows.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { withCondition } from "../model/tracedOperations.ts";
import { readCall, scalarsOfModel } from "../operations/call.ts";
import type { CallOptions } from "../operations/call.ts";
import { takeRows } from "../ndArray.ts";
import { encodeRows } from "../operations/encode.ts";
import { latentColumns } from "../operations/programs.ts";
import { scoreRows } from "../operations/score.ts";
import { Random } from "../random/random.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Rows } from "../step/rows.ts";
import { activeUnits, estimateOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";

/** Whether the latents say anything, and by how much. */
export interface PosteriorCollapse {
  /** Whether the rate or the gain is below 0.1 nats. */
  readonly isCollapsed: boolean;
  /** KL(q(z|x) || p(z)), nats per example. */
  readonly rate: Estimate;
  /** Nats per example that the decoder loses with the latents of another example in the place of its own: 0 where it ignores them. */
  readonly gain: Estimate;
  /** Dimensions whose mean varies over examples; see `evaluate`. */
  readonly activeUnits: Estimate;
  /** These figures and what to try, in words. */
  readonly evidence: string;
}

interface OwnOptions {
  /** Seed of the noise and of who gets whose latents; default 0. */
  readonly seed?: number;
}

/** Options of {@link posteriorCollapse}. */
export interface PosteriorCollapseOptions extends CallOptions, OwnOptions {}

const fn = "posteriorCollapse";

const table = {
  seed: { rule: rules.integer(), default: 0, doc: "seed of noise and of the exchange" },
} satisfies OptionTable<OwnOptions>;

/** Nats below which nothing is said: a decoder that uses its latents at all gains more. */
const least = 0.1;

/** Whether so many nats of rate and of gain say that the latents are not used; also where one is not a number. */
export const isCollapse = (rate: number, gain: number): boolean =>
  !(rate >= least && gain >= least);

/**
 * Tells whether a model's decoder has learned to ignore its latents.
 *
 * The rate alone does not tell: an encoder may say what the decoder does not listen to. So every example is also explained with the latents
 * (posterior modes) of another one, `gain = mean log p(x_i | z_i) - log p(x_i | z_j)`, its condition kept.
 *
 * @param examples at least 2, best held-out ones
 * @throws TypeError or RangeError for a model without a rate or of several levels, or fewer than 2 examples
 */
export async function posteriorCollapse(
  model: LatentVariableModel,
  examples: ExamplesLike,
  options: PosteriorCollapseOptions = {},
): Promise<PosteriorCollapse> {
  const { own, told, compute } = readCall({ model, fn }, table, options);
  const rows = await model.rows(fn, examples, told);
  return collapseOfRows(model, rows, { random: new Random(own.seed).fork(fn), compute });
}

/** {@link posteriorCollapse} of rows that were read already. */
export async function collapseOfRows(
  model: LatentVariableModel,
  rows: ExampleRows,
  { random, compute }: { readonly random: Random; readonly compute: ComputeOptions },
): Promise<PosteriorCollapse> {
  const names = Object.keys(model.levels);
  if (names.length !== 1) {
    throw new TypeError(`${fn}: the model must have one level, got ${names.join(", ")}`);
  }
  if (rows.count < 2) {
    throw new RangeError(`${fn}: examples must be at least 2, got ${rows.count}`);
  }
  const { rate } = await scoreRows(model, rows, { samples: 1, random, compute });
  if (rate === undefined) {
    throw new TypeError(`${fn}: the model must have a rate, got a ${describeValue(model.kind)}`);
  }
  const { latents } = await encodeRows(model, rows, compute);
  const z = latents[names[0]];
  const right = await logLikelihoods(model, { rows, z, compute });
  const wrong = await logLikelihoods(model, { rows, z: exchanged(z, random), compute });
  const size = z.data.length / rows.count;
  const figures = {
    rate: estimateOf(rate),
    gain: estimateOf(right.map((value, i) => value - wrong[i])),
    activeUnits: activeUnits(z),
  };
  const isCollapsed = isCollapse(figures.rate.mean, figures.gain.mean);
  return { isCollapsed, ...figures, evidence: evidenceOf(figures, size, isCollapsed) };
}

interface Explained {
  readonly rows: Rows;
  readonly z: NdArray;
  readonly compute: ComputeOptions;
}

/** `log p(x_i | z_i)`, nats. */
async function logLikelihoods(
  model: LatentVariableModel,
  { rows, z, compute }: Explained,
): Promise<Float64Array> {
  const columns = latentColumns(model);
  const { logLikelihood } = await runRows(model, {
    name: "explain given latents",
    program: () => explainProgram(model),
    compute,
    count: rows.count,
    sources: [
      { rows, columns: model.columns },
      { rows: await arrayRows(fn, columns, z), columns },
    ],
    scalars: scalarsOfModel(model),
  });
  return Float64Array.from(logLikelihood.data);
}

function explainProgram(model: LatentVariableModel): Program {
  const { operations, levels } = model;
  const [level] = Object.keys(levels);
  const columns = { ...model.columns, ...latentColumns(model) };
  return programOver(model, { columns, noise: {} }, (all, given) => {
    const { latents, ...batch } = all;
    const context = withCondition(model.condition, batch, given);
    const decoded = operations.generate({ [level]: tf.expandDims(latents, 0) }, context, batch);
    const pass = { batch, context, levels: {}, decoded };
    return { logLikelihood: tf.squeeze(operations.logLikelihood(pass), [0]) };
  });
}

/** Every row that of another: of the next one in an order drawn by the seed. */
function exchanged(z: NdArray, random: Random): NdArray {
  const order = random.fork("exchange").permutation(z.shape[0]);
  const others = new Int32Array(order.length);
  order.forEach((row, i) => (others[row] = order[(i + 1) % order.length]));
  return takeRows(z, others);
}

function evidenceOf(
  { rate, gain, activeUnits: active }: Pick<PosteriorCollapse, "rate" | "gain" | "activeUnits">,
  size: number,
  isCollapsed: boolean,
): string {
  const figures = `rate ${rate.mean.toFixed(2)} nats, ${gain.mean.toFixed(2)} nats lost with the latents of another example, ${active.mean} of ${size} units active`;
  if (!isCollapsed) return `the latents are used: ${figures}`;
  return `the posterior has collapsed: ${figures}; a warm-up of the KL divergence (beta: linear({ from: 0, to: 1, steps })), free bits, or for sequences more word dropout or a weaker decoder may help`;
}
