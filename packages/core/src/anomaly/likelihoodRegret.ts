/**
 * @file Likelihood regret: how much the ELBO of an example gains when its own posterior is optimized, `max_q ELBO(x; q) - ELBO(x;
 * encoder(x))`, at least about 0 and large for what the encoder has not seen. Each example's mean and log variance take steps of Adam
 * of their own; the two bounds are compared on the same draws. Cost: `steps` decoders and their gradients for each example.
 * Source: Xiao et al. 2020 (arXiv:2003.02977), equation 5, which moves the encoder's weights in the place of the posterior's parameters
 * and reports both to work alike.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec, FeedValue, NdArray } from "@elbo/jit";
import { gaussian } from "../distributions/gaussian.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { levelContext, withCondition } from "../model/tracedOperations.ts";
import { adam } from "../optimizers/adam.ts";
import { Random } from "../random/random.ts";
import { programOver, programsOf } from "../runner/program.ts";
import type { Program, Tensors } from "../runner/program.ts";
import { scalarValues } from "../runner/feeds.ts";
import { sizeOf } from "../shape.ts";
import type { Columns } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import { columnBuffers } from "../step/rows.ts";
import type { Rows } from "../step/rows.ts";

/** How an example's posterior is optimized. */
export interface RegretOptions {
  /** Updates per example. */
  readonly steps: number;
  /** Draws of the posterior in a step, and 4 times as many in the comparison. */
  readonly samples: number;
  readonly seed: number;
  readonly compute: ComputeOptions;
}

const optimizer = adam({ learningRate: 0.05 });
/** Examples at a time. */
const block = 64;

interface Posterior {
  readonly mean: tf.Tensor;
  readonly logVar: tf.Tensor;
}

/** `ELBO`, `[B]`, of a posterior, estimated from noise `[K, B, L]`. */
// eslint-disable-next-line max-params -- of what, for what, from what, where
function boundOf(
  model: LatentVariableModel,
  { mean, logVar }: Posterior,
  noise: tf.Tensor,
  { batch, context }: { readonly batch: Columns; readonly context: StepContext },
): tf.Tensor {
  const [level] = Object.keys(model.levels);
  const q = gaussian({ mean, logVar });
  const z = q.sample(noise);
  const own = levelContext(context, level);
  const { rate } = model.levels[level].terms(q, z, own) as Record<string, tf.Tensor>;
  const decoded = model.operations.generate({ [level]: z }, context, batch);
  const pass = { batch, context, levels: {}, decoded };
  return tf.sub(tf.mean(model.operations.logLikelihood(pass), 0), rate);
}

const parameters = ["mean", "logVar"] as const;
/** What the optimizer keeps for a parameter. */
const slotOf = (parameter: string, slot: string): string => `${slot} of ${parameter}`;
/** Posteriors and what the optimizer keeps, `[B, L]` each. */
const stateNames = [
  ...parameters,
  ...parameters.flatMap((name) => optimizer.slots.map((slot) => slotOf(name, slot))),
];
/** The optimizer's numbers of a step; the first one is 0. */
const scalarsAt = (step: number): Readonly<Record<string, number>> =>
  optimizer.scalars?.(step, step) ?? {};

/** Put before the names of feeds, so that a column may be called `mean`. */
const prefix = "regret/";
const toFeeds = <T>(own: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(own).map(([name, value]) => [prefix + name, value]));
const ownOf = (feeds: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(feeds)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );

/** One step of Adam on every example's posterior. */
function stepProgram(model: LatentVariableModel, draws: number): Program {
  const size = latentSize(model);
  const feeds = toFeeds<FeedSpec>({
    ...Object.fromEntries(stateNames.map((name) => [name, { shape: [null, size] }])),
    ...Object.fromEntries(Object.keys(scalarsAt(0)).map((name) => [name, { shape: [] }])),
    noise: { shape: [null, draws, size] },
  });
  return programOver(model, { noise: {}, feeds, draws }, (batch, given, fed) => {
    const context = withCondition(model.condition, batch, given);
    const own = ownOf(fed);
    const noise = tf.transpose(own["noise"], [1, 0, 2]);
    const gradients = tf.grads((mean: tf.Tensor, logVar: tf.Tensor) =>
      tf.neg(tf.sum(boundOf(model, { mean, logVar }, noise, { batch, context }))),
    )([own["mean"], own["logVar"]]);
    return Object.fromEntries(
      parameters.flatMap((name, i) => Object.entries(updated(name, gradients[i], own))),
    );
  });
}

/** A parameter after a step, and what the optimizer keeps for it. */
function updated(name: string, gradient: tf.Tensor, own: Tensors): Tensors {
  const slots = Object.fromEntries(optimizer.slots.map((slot) => [slot, own[slotOf(name, slot)]]));
  const { variable, ...kept } = optimizer.update({
    variable: own[name],
    gradient,
    slots,
    scalars: own,
  });
  const moved = Object.entries(kept).map(([slot, value]) => [slotOf(name, slot), value] as const);
  return { [name]: variable, ...Object.fromEntries(moved) };
}

/** The encoder's posterior. */
function startProgram(model: LatentVariableModel): Program {
  return programOver(model, { noise: {} }, (batch, given) => {
    const context = withCondition(model.condition, batch, { ...given, useMode: true });
    const [{ posterior }] = Object.values(model.operations.inferLevels(batch, context));
    const { mean, logVar } = (posterior as { parameters: Posterior }).parameters;
    return { mean, logVar };
  });
}

/** The bound of given posteriors. */
function boundProgram(model: LatentVariableModel, draws: number): Program {
  const size = latentSize(model);
  const feeds = toFeeds<FeedSpec>({
    mean: { shape: [null, size] },
    logVar: { shape: [null, size] },
    noise: { shape: [null, draws, size] },
  });
  return programOver(model, { noise: {}, feeds, draws }, (batch, given, fed) => {
    const context = withCondition(model.condition, batch, given);
    const { mean, logVar, noise: drawn } = ownOf(fed);
    const noise = tf.transpose(drawn, [1, 0, 2]);
    return { bound: boundOf(model, { mean, logVar }, noise, { batch, context }) };
  });
}

const latentSize = ({ levels }: LatentVariableModel): number =>
  sizeOf(Object.values(levels)[0].latent);

/** @throws Error for a model whose latents are no Gaussian vector with a prior */
export function assertRegret(fn: string, model: LatentVariableModel): void {
  const all = Object.values(model.levels);
  const [first] = all;
  const { kind, latent } = first;
  if (all.length === 1 && kind === "gaussian" && latent.length === 1 && first.prior !== undefined)
    return;
  throw new Error(
    `${fn}: likelihood regret needs one vector of Gaussian latents with a prior, got ${all.length > 1 ? `${all.length} levels` : `${kind} latents of the shape [${latent.join(", ")}]`}; use another score`,
  );
}

/** The likelihood regret of rows in nats. */
export async function likelihoodRegret(
  model: LatentVariableModel,
  rows: Rows,
  options: RegretOptions,
): Promise<Float64Array> {
  const out = new Float64Array(rows.count);
  for (let start = 0; start < rows.count; start += block) {
    const count = Math.min(block, rows.count - start);
    const indices = Int32Array.from({ length: block }, (_, i) => start + Math.min(i, count - 1));
    const gains = await regretOfBlock(model, rows, { ...options, indices });
    out.set(gains.subarray(0, count), start);
  }
  return out;
}

async function regretOfBlock(
  model: LatentVariableModel,
  rows: Rows,
  { indices, steps, samples, seed, compute }: RegretOptions & { readonly indices: Int32Array },
): Promise<Float64Array> {
  const cache = programsOf(model);
  const random = new Random(seed).fork("regret");
  const columns = columnBuffers(model.columns, block);
  const prepare = random.fork("prepare");
  await rows.fillInto(columns, { indices, random: (index) => prepare.fork(index) });
  const scalars = scalarValues(model.schedules ?? {}, model.step);
  const size = latentSize(model);
  const noise = (draws: number, path: string | number): Float32Array => {
    const values = new Float32Array(block * draws * size);
    indices.forEach((index, row) => {
      const own = values.subarray(row * draws * size, (row + 1) * draws * size);
      random.fork("noise", index, path).fillNormalInto(own);
    });
    return values;
  };
  const first = await cache.get(
    "regret start",
    () => startProgram(model),
    compute,
  )({
    ...columns,
    ...scalars,
  });
  const zeros = (): Float32Array => new Float32Array(block * size);
  let state: Record<string, Float32Array> = {
    mean: (first["mean"] as NdArray<Float32Array>).data.slice(),
    logVar: (first["logVar"] as NdArray<Float32Array>).data.slice(),
    ...Object.fromEntries(stateNames.slice(parameters.length).map((name) => [name, zeros()])),
  };
  const bound = cache.get(
    `regret bound ${samples}`,
    () => boundProgram(model, 4 * samples),
    compute,
  );
  const boundAt = async ({ mean, logVar }: typeof state): Promise<Float32Array> => {
    const own = toFeeds({ mean, logVar, noise: noise(4 * samples, "compare") });
    return (
      (await bound({ ...columns, ...scalars, ...own }))["bound"] as NdArray<Float32Array>
    ).data.slice();
  };
  const before = await boundAt(state);
  const step = cache.get(`regret step ${samples}`, () => stepProgram(model, samples), compute);
  for (let t = 1; t <= steps; t++) {
    const own = toFeeds<FeedValue>({ ...state, ...scalarsAt(t - 1), noise: noise(samples, t) });
    const moved = await step({ ...columns, ...scalars, ...own });
    state = Object.fromEntries(
      stateNames.map((name) => [name, (moved[name] as NdArray<Float32Array>).data.slice()]),
    );
  }
  const after = await boundAt(state);
  return Float64Array.from(after, (value, i) => value - before[i]);
}
