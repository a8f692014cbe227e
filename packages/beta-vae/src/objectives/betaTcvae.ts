import * as tf from "@tensorflow/tfjs-core";
import {
  readOptions,
  rules,
  scheduleRule,
  type Objective,
  type OptionTable,
  type Schedule,
} from "@elbo/core";
import { distortionOf, gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link betaTcvae}. */
export interface BetaTcvaeOptions {
  /** Weight of the total correlation, a number or a schedule; default 6. */
  readonly beta?: number | Schedule;
  /** Weight of the mutual information, default 1. */
  readonly alpha?: number;
  /** Weight of the dimension-wise divergence, default 1. */
  readonly gamma?: number;
  /** How log q(z) is estimated from a batch: `"weighted"` (default) or `"stratified"`. */
  readonly sampling?: "weighted" | "stratified";
}

/** The options as a table. */
export const betaTcvaeTable = {
  beta: { rule: scheduleRule({ min: 0 }), default: 6, doc: "weight of the total correlation" },
  alpha: { rule: rules.number({ min: 0 }), default: 1, doc: "weight of the mutual information" },
  gamma: {
    rule: rules.number({ min: 0 }),
    default: 1,
    doc: "weight of the dimension-wise divergence",
  },
  sampling: {
    rule: rules.oneOf(["weighted", "stratified"]),
    default: "weighted",
    doc: "how log q(z) is estimated",
  },
} satisfies OptionTable<BetaTcvaeOptions>;

/**
 * β-TCVAE: the rate in three parts, `alpha I(z; x) + beta TC(z) + gamma sum_d KL(q(z_d) || p(z_d))`, terms of the batch in nats.
 *
 * `log q(z_i)` is `log sum_j W_ij q(z_i | x_j)`: with `W = 1 / (B N)` everywhere (minibatch-weighted sampling, biased by a
 * constant), or with {@link stratifiedWeights}. With all weights 1 and stratified sampling the parts add up to the rate on
 * average. Source: Chen et al. 2018 (arXiv:1802.04942), equations 2, S6 and appendix C.
 */
export function betaTcvae(options: BetaTcvaeOptions = {}): Objective {
  const fn = "betaTcvae";
  const { beta, alpha, gamma, sampling } = readOptions(fn, betaTcvaeTable, options);
  return {
    kind: "beta-tcvae",
    options: { beta: typeof beta === "number" ? beta : beta.toJSON(), alpha, gamma, sampling },
    weights: { mutualInformation: alpha, totalCorrelation: beta, dimensionWise: gamma },
    terms(model, pass, { batchSize, dataSize }) {
      gaussianLevel(fn, pass);
      const pairs = model.logPosteriorPairs(pass); // [B, B, L]
      const logW = logWeights(sampling, batchSize, dataSize); // [B, B]
      const logJointPairs = tf.sum(pairs, 2); // [B, B]
      const logJoint = tf.logSumExp(tf.add(logJointPairs, logW), 1); // [B]
      const logMarginals = tf.sum(tf.logSumExp(tf.add(pairs, tf.expandDims(logW, 2)), 1), 1); // [B]
      const logPosterior = tf.sum(tf.mul(tf.eye(batchSize), logJointPairs), 1); // [B]
      const logPrior = tf.add(
        tf.reshape(tf.slice(model.logRatio(pass), 0, 1), [batchSize]),
        logPosterior,
      );
      return {
        distortion: distortionOf(model, pass),
        mutualInformation: { ofBatch: tf.mean(tf.sub(logPosterior, logJoint)) },
        totalCorrelation: { ofBatch: tf.mean(tf.sub(logJoint, logMarginals)) },
        dimensionWise: { ofBatch: tf.mean(tf.sub(logMarginals, logPrior)) },
      };
    },
  };
}

function logWeights(sampling: "weighted" | "stratified", B: number, N: number): tf.Tensor2D {
  if (sampling === "weighted") return tf.fill([B, B], -Math.log(B * N));
  return tf.tensor2d(stratifiedWeights(B, N).map(Math.log), [B, B]);
}

/**
 * Weights of minibatch-stratified sampling, `[B, B]` row by row: the example's own posterior has `1 / N`, one other has
 * `(N - M) / (N M)` and the rest `1 / M` each, with M = B - 1, so that every row sums to 1.
 *
 * @param N examples in the data set, at least B
 */
export function stratifiedWeights(B: number, N: number): Float32Array {
  if (!(Number.isInteger(B) && Number.isInteger(N) && B >= 2 && N >= B))
    throw new RangeError(
      `stratifiedWeights: B must be an integer at least 2 and N one at least B, got ${B} and ${N}`,
    );
  const M = B - 1;
  const weights = new Float32Array(B * B).fill(1 / M);
  for (let i = 0; i < B; i++) {
    weights[i * B + i] = 1 / N;
    weights[i * B + ((i + 1) % B)] = (N - M) / (N * M);
  }
  return weights;
}
