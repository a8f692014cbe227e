import * as tf from "@tensorflow/tfjs-core";
import { readOptions, rules, type Objective, type OptionTable } from "@elbo/core";
import { distortionOf, gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link infoVae}. */
export interface InfoVaeOptions {
  /** Number of latent dimensions L. */
  readonly latent: number;
  /** The rate has the weight `1 - alpha`; default 1: a WAE. */
  readonly alpha?: number;
  /** The MMD has the weight `alpha + lambda - 1`; default 10. */
  readonly lambda?: number;
  /** `"imq"` (default): inverse multiquadratics of seven scales; `"rbf"`: a Gaussian kernel. */
  readonly kernel?: "rbf" | "imq";
}

/** The options as a table. */
export const infoVaeTable = {
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  alpha: { rule: rules.number({ max: 1 }), default: 1, doc: "the rate has the weight 1 - alpha" },
  lambda: {
    rule: rules.number({ above: 0 }),
    default: 10,
    doc: "the MMD has the weight alpha + lambda - 1",
  },
  kernel: { rule: rules.oneOf(["imq", "rbf"]), default: "imq", doc: "kernel of the MMD" },
} satisfies OptionTable<InfoVaeOptions>;

/**
 * InfoVAE: `distortion + (1 - alpha) rate + (alpha + lambda - 1) MMD^2(q(z), N(0, I))`; with alpha 1 a WAE with MMD.
 *
 * The squared maximum mean discrepancy of a batch of draws and as many draws of the prior, without bias (pairs of the same
 * index are left out, so it may be below 0). The bandwidth follows the prior, of whose draws `E |z - z'|^2 = 2 L`:
 * `rbf: k = exp(-|z - z'|^2 / 2 L)`; `imq: k = sum over s of s C / (s C + |z - z'|^2)`, C = 2 L, s = 0.1, 0.2, 0.5, 1, 2, 5, 10.
 * Sources: Zhao et al. 2019 (arXiv:1706.02262), equation 6; Tolstikhin et al. 2018 (arXiv:1711.01558), algorithm 2.
 */
export function infoVae(options: InfoVaeOptions): Objective {
  const fn = "infoVae";
  const { latent, alpha, lambda, kernel } = readOptions(fn, infoVaeTable, options);
  const weight = alpha + lambda - 1;
  if (weight < 0)
    throw new RangeError(`${fn}: alpha + lambda must be at least 1, got ${alpha + lambda}`);
  return {
    kind: "info-vae",
    options: { latent, alpha, lambda, kernel },
    noise: { prior: { kind: "normal", shape: [latent] } },
    weights: { rate: 1 - alpha, discrepancy: weight },
    terms(model, pass, { noise }) {
      const { z, rate } = gaussianLevel(fn, pass, latent);
      const drawn = tf.reshape<tf.Rank.R2>(tf.slice(z, 0, 1), [-1, latent]);
      const discrepancy = maximumMeanDiscrepancy(drawn, noise["prior"] as tf.Tensor2D, kernel);
      return { distortion: distortionOf(model, pass), rate, discrepancy: { ofBatch: discrepancy } };
    },
  };
}

const scales = [0.1, 0.2, 0.5, 1, 2, 5, 10];

/**
 * The squared maximum mean discrepancy of two samples of equal size B >= 2, without bias: means of `k(a_i, a_j) + k(b_i, b_j)`
 * over i != j, minus twice that of `k(a_i, b_j)` over i != j. Kernels as in {@link infoVae}.
 *
 * @param a `[B, L]`
 * @param b `[B, L]`
 * @returns a scalar
 */
export function maximumMeanDiscrepancy(
  a: tf.Tensor2D,
  b: tf.Tensor2D,
  kernel: "rbf" | "imq",
): tf.Tensor {
  const [B, L] = a.shape;
  if (B < 2 || b.shape[0] !== B || b.shape[1] !== L) {
    throw new RangeError(
      `maximumMeanDiscrepancy: a and b must be batches of one shape with at least 2 rows, got [${a.shape.join(", ")}] and [${b.shape.join(", ")}]`,
    );
  }
  const others = tf.sub(1, tf.eye(B));
  const mean = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor => {
    const squares = squaredDistances(x, y);
    const values =
      kernel === "rbf"
        ? tf.exp(tf.div(squares, -2 * L))
        : tf.addN(scales.map((s) => tf.div(s * 2 * L, tf.add(squares, s * 2 * L))));
    return tf.div(tf.sum(tf.mul(values, others)), B * (B - 1));
  };
  return tf.sub(tf.add(mean(a, a), mean(b, b)), tf.mul(2, mean(a, b)));
}

/** `|x_i - y_j|^2`, `[B, B]`; differences first, so that nothing cancels. (TF.js's squaredDifference has no gradient where shapes broadcast.) */
const squaredDistances = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor =>
  tf.sum(tf.square(tf.sub(tf.expandDims(x, 1), tf.expandDims(y, 0))), 2);
