import * as tf from "@tensorflow/tfjs-core";
import { createVariable, Random, readOptions, rules } from "@elbo/core";
import type { OptionTable, Quantizer } from "@elbo/core";
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
  /** Seed of the fixed vectors; default 0. */
  readonly seed?: number;
}

const options = {
  codebookSize: { rule: rules.integer({ min: 2 }), default: 512, doc: "number of codes" },
  codeDim: { rule: rules.integer({ min: 1 }), default: 64, doc: "dimensions of a code" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the fixed vectors" },
} satisfies OptionTable<SimVqOptions>;

/**
 * A codebook of fixed random vectors behind one learned linear map: `e_k = c_k W + b`. A gradient to any code moves all of them, so
 * that none is left behind.
 *
 * `c` is drawn from N(0, 1) and never changes. Training starts from `W` and `b` such that the codes have the mean and the
 * covariance of encoder outputs. Losses as those of a gradient codebook: `commitment`, `codebook`.
 * Source: Zhu et al. 2024 (arXiv:2411.02038), section 4; the bias is that of the authors' code.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function simVq(given: SimVqOptions = {}): Quantizer {
  const { codebookSize: K, codeDim: D, seed } = readOptions("simVq", options, given);
  const fixed = createVariable<tf.Rank.R2>([K, D], (values) => {
    new Random(seed).fork("codebook").fillNormalInto(values);
  });
  const kernel = createVariable<tf.Rank.R2>([D, D], (values) => {
    for (let d = 0; d < D; d++) values[d * D + d] = 1 / Math.sqrt(D);
  });
  const bias = createVariable<tf.Rank.R1>([D]);
  const codesOf = (): tf.Tensor2D => tf.add(tf.matMul(fixed, kernel), bias); // [K, D]
  return {
    kind: "sim-vq",
    options: { codebookSize: K, codeDim: D, seed },
    codebookSize: [K],
    codeDim: D,
    variables: { kernel, bias },
    state: { fixed },
    stateParameters: K * D,
    weights: { commitment: 0.25, codebook: 1 },
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
