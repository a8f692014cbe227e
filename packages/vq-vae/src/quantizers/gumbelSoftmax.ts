import * as tf from "@tensorflow/tfjs-core";
import {
  constant,
  createVariable,
  Random,
  readOptions,
  rules,
  scheduleRule,
  stopGradient,
  straightThrough,
  sumPerExample,
} from "@elbo/core";
import type { OptionTable, Quantized, Quantizer, Schedule, StepContext } from "@elbo/core";
import { linear } from "../linear.ts";
import { gumbelOf } from "./gumbelNoise.ts";
import { assigned, kMeans, replacedBy } from "./kMeans.ts";

/** Options of {@link gumbelSoftmax}. */
export interface GumbelSoftmaxOptions {
  /** Number of codes K, at least 2; default 512. */
  readonly codebookSize?: number;
  /** Dimensions D of a code; default 64. */
  readonly codeDim?: number;
  /** Temperature of the relaxed draws in training, above 0, a number or a schedule; default 0.5. */
  readonly temperature?: number | Schedule;
  /** Whether training sees hard draws with the gradient of the relaxed ones; default true. */
  readonly hard?: boolean;
  /** Seed of codes and weights; default 0. */
  readonly seed?: number;
}

const options = {
  codebookSize: { rule: rules.integer({ min: 2 }), default: 512, doc: "number of codes" },
  codeDim: { rule: rules.integer({ min: 1 }), default: 64, doc: "dimensions of a code" },
  temperature: {
    rule: scheduleRule({ min: 0 }),
    default: constant(0.5),
    shown: "0.5",
    doc: "temperature of the relaxed draws in training",
  },
  hard: {
    rule: rules.boolean(),
    default: true,
    doc: "whether training sees hard draws with the gradient of the relaxed ones",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of codes and weights" },
} satisfies OptionTable<GumbelSoftmaxOptions>;

/**
 * A categorical posterior over K codes at every position, `q(k | x) = softmax(z W + b)`, relaxed in training.
 *
 * `y = softmax((logits + Gumbel noise) / temperature)` stands for the one-hot code and `y E` for its vector. Outside training draws are
 * hard, by the Gumbel-max trick, exact draws from q: with the rate `KL(q || uniform) = log K - H(q)`, summed over positions, the
 * evaluated bound is a true ELBO. The mode is the most likely code.
 *
 * Training starts from k-means++ over encoder outputs (not in the papers, whose start uses few codes): with `s` the mean of `|z - e|^2`
 * over them and their means, `logits_k = (z . e_k - |e_k|^2 / 2) / s`, the posterior of a mixture of equal Gaussians, wide enough that
 * gradients pass.
 * Source: Jang et al. 2017 (arXiv:1611.01144), Maddison et al. 2017 (arXiv:1611.00712).
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function gumbelSoftmax(given: GumbelSoftmaxOptions = {}): Quantizer {
  const fn = "gumbelSoftmax";
  const checked = readOptions(fn, options, given);
  const { codebookSize: K, codeDim: D, temperature, hard, seed } = checked;
  if (!(temperature.lowest > 0)) {
    throw new RangeError(
      `${fn}: temperature must be above 0 at every step, got ${temperature.lowest}`,
    );
  }
  const normal =
    (name: string, deviation: number) =>
    (values: Float32Array): void => {
      new Random(seed).fork(name).fillNormalInto(values);
      for (let i = 0; i < values.length; i++) values[i] *= deviation;
    };
  const codes = createVariable<tf.Rank.R2>([K, D], normal("codebook", 1));
  const kernel = createVariable<tf.Rank.R2>([D, K], normal("kernel", 1 / Math.sqrt(D)));
  const bias = createVariable<tf.Rank.R1>([K]);
  const logitsOf = (z: tf.Tensor): tf.Tensor => {
    const flat = tf.add(tf.matMul(tf.reshape<tf.Rank.R2>(z, [-1, D]), kernel), bias); // [N, K]
    return tf.reshape(flat, [...z.shape.slice(0, -1), K]);
  };
  return {
    kind: "gumbel",
    options: { ...checked, temperature: temperature.toJSON() },
    codebookSize: [K],
    codeDim: D,
    variables: { codes, kernel, bias },
    vectorNoise: { uniform: { kind: "uniform", shape: [K], draws: true } },
    schedules: { temperature },
    weights: {},
    quantize(z): GumbelQuantized {
      const logits = logitsOf(z);
      const indices = tf.argMax(logits, -1);
      const rows = stopGradient(tf.gather(stopGradient(codes), indices));
      return { rows, indices, logits, losses: {}, rate: rateOf(logits), compared: "nothing" };
    },
    lookup: (indices) => tf.gather(codes, indices),
    draw: (result, context) => drawOf({ codes, hard }, (result as GumbelQuantized).logits, context),
    initialize: (vectors, random) => start({ codes, kernel, bias }, vectors, random),
  };
}

interface Variables {
  readonly codes: tf.Variable<tf.Rank.R2>;
  readonly kernel: tf.Variable<tf.Rank.R2>;
  readonly bias: tf.Variable<tf.Rank.R1>;
}

/** Least mean of squared distances, where vectors and codes are the same. */
const leastWidth = 1e-6;

/** Vectors whose distances from their codes are looked at for the width of the first posterior. */
const measured = 4096;

/** Codes from clusters of vectors, and the posterior of a mixture of Gaussians around them. */
function start(
  { codes, kernel, bias }: Variables,
  vectors: Float32Array,
  random: Random,
): Float32Array {
  const [K, D] = codes.shape;
  const clusters = kMeans(vectors, { D, K, random });
  const { means } = clusters;
  const some = vectors.subarray(0, measured * D);
  const width = Math.max((D * assigned(some, means, D).inertia) / some.length, leastWidth);
  const towards = Float32Array.from(
    { length: D * K },
    (_, i) => means[(i % K) * D + Math.floor(i / K)] / width,
  );
  const lengths = new Float32Array(K);
  means.forEach((value, i) => (lengths[Math.floor(i / D)] -= (value * value) / (2 * width)));
  tf.tidy(() => {
    codes.assign(tf.tensor2d(means, [K, D]));
    kernel.assign(tf.tensor2d(towards, [D, K]));
    bias.assign(tf.tensor1d(lengths));
  });
  return replacedBy(vectors, clusters, D);
}

interface GumbelQuantized extends Quantized {
  /** `[B, ..., K]` */
  readonly logits: tf.Tensor;
}

/** `KL(q || uniform) = log K + sum_k q log q` nats per example, summed over positions: `[B]`. */
export function rateOf(logits: tf.Tensor): tf.Tensor {
  const K = logits.shape[logits.rank - 1];
  const logQ = tf.logSoftmax(logits, -1);
  const perPosition = tf.add(Math.log(K), tf.sum(tf.mul(tf.exp(logQ), logQ), -1));
  return sumPerExample(perPosition);
}

/** Vectors of draws `[draws, B, ..., D]`: relaxed in training, unless `hard`, and hard outside of it. */
function drawOf(
  { codes, hard }: { readonly codes: tf.Variable<tf.Rank.R2>; readonly hard: boolean },
  logits: tf.Tensor,
  { noise, scalars, training }: StepContext,
): tf.Tensor {
  const [K] = codes.shape;
  const noisy = tf.add(tf.expandDims(logits, 0), gumbelOf(noise["uniform"])); // [draws, B, ..., K]
  const chosen = (): tf.Tensor => tf.oneHot(tf.argMax(stopGradient(noisy), -1), K);
  if (!training) return linear(tf.cast(chosen(), "float32"), codes);
  const relaxed = tf.softmax(tf.div(noisy, scalars["temperature"]), -1);
  return linear(hard ? straightThrough(relaxed, tf.cast(chosen(), "float32")) : relaxed, codes);
}
