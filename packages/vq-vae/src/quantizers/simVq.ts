import * as tf from "@tensorflow/tfjs-core";
import { createVariable, Random, readOptions, rules } from "@elbo/core";
import type { OptionTable, Quantizer } from "@elbo/core";
import { countPerCode, followUse, worstTokens } from "./codebook.ts";
import { assigned, replacedBy } from "./kMeans.ts";
import { codebookLoss, commitmentLoss, detachedRows } from "./losses.ts";
import { nearestCode } from "./nearestCode.ts";
import { choleskyOf, momentsOf } from "./whitening.ts";

/** Options of {@link simVq}. */
export interface SimVqOptions {
  /** Number of codes K, at least 2; default 512. */
  readonly codebookSize?: number;
  /** Dimensions D of a code; default 64. */
  readonly codeDim?: number;
  /** Codes used less than this share of even use start again beside codes of badly served data, in [0, 1); 0 for never; default 0.1. */
  readonly reviveBelow?: number;
  /** Seed of the fixed vectors; default 0. */
  readonly seed?: number;
}

const options = {
  codebookSize: { rule: rules.integer({ min: 2 }), default: 512, doc: "number of codes" },
  codeDim: { rule: rules.integer({ min: 1 }), default: 64, doc: "dimensions of a code" },
  reviveBelow: {
    rule: rules.number({ min: 0, below: 1 }),
    default: 0.1,
    doc: "codes used less than this share of even use start again beside codes of badly served data; 0 for never",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the fixed vectors" },
} satisfies OptionTable<SimVqOptions>;

/**
 * A codebook of fixed random vectors behind one learned linear map: `e_k = c_k W + b`. A gradient to any code moves all of them, so
 * that none is left behind.
 *
 * `c` is drawn from N(0, 1). Training starts from `W` and `b` such that the codes have the mean and the
 * covariance of encoder outputs. Losses as those of a gradient codebook: `commitment`, `codebook`.
 *
 * One map cannot bring a cloud of vectors to data that lie in clusters: some codes are nearest to nothing. So, unlike in the paper, a code
 * that is hardly used gets another `c`: that of the code of a badly served vector `z`, moved by `r W^T |r W^T|^2 / |r W^T W|^2` with
 * `r = z - e`, the longest step of steepest descent towards z, so that it serves that vector better than the other does.
 * Source: Zhu et al. 2024 (arXiv:2411.02038), section 4; the bias is that of the authors' code.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function simVq(given: SimVqOptions = {}): Quantizer {
  const checked = readOptions("simVq", options, given);
  const { codebookSize: K, codeDim: D, reviveBelow, seed } = checked;
  const fixed = createVariable<tf.Rank.R2>([K, D], (values) => {
    new Random(seed).fork("codebook").fillNormalInto(values);
  });
  const kernel = createVariable<tf.Rank.R2>([D, D], (values) => {
    for (let d = 0; d < D; d++) values[d * D + d] = 1 / Math.sqrt(D);
  });
  const bias = createVariable<tf.Rank.R1>([D]);
  const use = createVariable<tf.Rank.R1>([K], (values) => values.fill(1));
  const codesOf = (): tf.Tensor2D => tf.add(tf.matMul(fixed, kernel), bias); // [K, D]
  return {
    kind: "sim-vq",
    options: { ...checked },
    codebookSize: [K],
    codeDim: D,
    variables: { kernel, bias },
    state: { fixed, use },
    stateParameters: K * D,
    weights: { commitment: 1, codebook: 1 },
    quantize(z) {
      const codes = codesOf();
      const tokens = tf.reshape<tf.Rank.R2>(z, [-1, D]);
      const indices = tf.reshape(nearestCode(tokens, codes), z.shape.slice(0, -1));
      const rows = detachedRows(z, codes, indices);
      return {
        rows,
        indices,
        losses: {
          commitment: commitmentLoss(z, rows),
          codebook: codebookLoss({ z, codes, indices }),
        },
      };
    },
    lookup: (indices) => tf.gather(codesOf(), indices),
    update({ rows, indices }, z) {
      if (reviveBelow === 0) return;
      const chosen = tf.reshape<tf.Rank.R1>(indices, [-1]);
      const [tokens, codes] = [z, rows].map((x) => tf.reshape<tf.Rank.R2>(x, [-1, D]));
      const isDead = followUse(use, countPerCode(chosen, K), reviveBelow);
      const worst = worstTokens(tokens, codes, K); // [K]
      const rest = tf.gather(tf.sub<tf.Tensor2D>(tokens, codes), worst); // [K, D]
      const back = tf.matMul(rest, kernel, false, true); // a step c + back brings c W + b closer to the token, whatever W
      const squares = (x: tf.Tensor): tf.Tensor => tf.sum(tf.mul(x, x), 1, true);
      const length = tf.div(squares(back), tf.maximum(squares(tf.matMul(back, kernel)), 1e-24));
      const beside = tf.gather(fixed, tf.gather(chosen, worst));
      const moved = tf.add<tf.Tensor2D>(beside, tf.mul(length, back));
      fixed.assign(tf.where<tf.Tensor2D>(tf.expandDims(isDead, 1), moved, fixed));
    },
    initialize(vectors) {
      const { mean, covariance } = momentsOf(vectors, D);
      const lower = choleskyOf(covariance, D);
      const start = Float32Array.from(
        { length: D * D },
        (_, i) => lower[(i % D) * D + Math.floor(i / D)],
      );
      tf.tidy(() => {
        kernel.assign(tf.tensor2d(start, [D, D]));
        bias.assign(tf.tensor1d(Float32Array.from(mean)));
      });
      const rows = fixed.dataSync() as Float32Array;
      const codes = rows.map((_, i) => {
        let sum = mean[i % D];
        for (let k = 0; k < D; k++) sum += rows[i - (i % D) + k] * start[k * D + (i % D)];
        return sum;
      });
      return replacedBy(vectors, assigned(vectors, codes, D), D);
    },
  };
}
