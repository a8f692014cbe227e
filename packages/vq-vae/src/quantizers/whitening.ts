/**
 * @file A linear map that gives encoder outputs mean 0, variance 1 and no correlations, for quantizers without a codebook whose codes
 * could not move to where the outputs are. It starts from data, follows the outputs through training as averages do, without
 * gradients, and is saved with the model.
 */
import * as tf from "@tensorflow/tfjs-core";
import { createVariable } from "@elbo/core";
import type { NamedVariables, StepContext } from "@elbo/core";
import { linear } from "../linear.ts";

/** The map `z -> (z - mean) kernel`, the identity until it is set. */
export interface Whitening {
  readonly state: NamedVariables;
  /** `[..., D]` of `z` `[..., D]`, differentiable; of a training batch with its own mean in the place of the average, if that was asked for. */
  apply(z: tf.Tensor, context: Pick<StepContext, "training">): tf.Tensor;
  /**
   * Moves the map towards the one that whitens `z` `[..., D]`; traced, once per training step. With `C` the covariance of what it makes
   * of them, `kernel <- kernel - r kernel (C - I) / (1 + r trace C)`, r = 0.05, which shrinks every eigenvalue of `C - I`; the mean
   * is a moving average. Source: Cardoso and Laheld 1996, "Equivariant adaptive source separation", equation 30 (its decorrelating part).
   */
  follow(z: tf.Tensor): void;
  /** Sets the map from vectors `[n, D]`, and gives what it makes of them. */
  start(vectors: Float32Array): Float32Array;
}

/** How a map follows outputs. */
export interface WhiteningOptions {
  /**
   * Whether training batches are centred on their own mean, as batch normalization does, and the average is for what comes after. One step
   * of the encoder moves all outputs together by several deviations in directions of little variance, and what looks at directions alone
   * then has nearly all of them on one side until the average has caught up.
   */
  readonly ownMean: boolean;
}

/** Share of the way to the map that whitens the batch which one step goes. */
const rate = 0.05;

/** The same of a mean that training does not see. */
const meanRate = 0.3;

/** @param D dimensions */
export function createWhitening(D: number, { ownMean }: WhiteningOptions): Whitening {
  const mean = createVariable<tf.Rank.R1>([D]);
  const kernel = createVariable<tf.Rank.R2>([D, D], (values) => {
    for (let d = 0; d < D; d++) values[d * D + d] = 1;
  });
  return {
    state: { mean, kernel },
    apply(z, { training }) {
      const middle = ownMean && training ? tf.mean(tf.reshape(z, [-1, D]), 0) : mean;
      return linear(tf.sub(z, middle), kernel);
    },
    follow(z) {
      const x = tf.reshape<tf.Rank.R2>(z, [-1, D]);
      const middle = tf.mean(x, 0);
      const y = tf.matMul(tf.sub<tf.Tensor2D>(x, middle), kernel); // [N, D]
      const covariance = tf.div<tf.Tensor2D>(tf.matMul(y, y, true, false), x.shape[0]);
      const excess = tf.sub<tf.Tensor2D>(covariance, tf.eye(D));
      const trace = tf.div(tf.sum(tf.mul(y, y)), x.shape[0]);
      const length = tf.div(rate, tf.add(1, tf.mul(rate, trace)));
      kernel.assign(tf.sub(kernel, tf.mul(length, tf.matMul(kernel, excess))));
      mean.assign(tf.add(mean, tf.mul(ownMean ? meanRate : rate, tf.sub(middle, mean))));
    },
    start(vectors) {
      const moments = momentsOf(vectors, D);
      const inverse = inverseOf(choleskyOf(moments.covariance, D), D); // of the lower factor: z = L y + mean
      const values = Float32Array.from(
        { length: D * D },
        (_, i) => inverse[(i % D) * D + Math.floor(i / D)],
      );
      tf.tidy(() => {
        mean.assign(tf.tensor1d(Float32Array.from(moments.mean)));
        kernel.assign(tf.tensor2d(values, [D, D]));
      });
      return vectors.map((_, i) => {
        const row = Math.floor(i / D) * D;
        let sum = 0;
        for (let k = 0; k < D; k++)
          sum += (vectors[row + k] - moments.mean[k]) * values[k * D + (i % D)];
        return sum;
      });
    },
  };
}

/** Mean `[D]` and covariance `[D, D]` of vectors `[n, D]`. */
export function momentsOf(
  vectors: Float32Array,
  D: number,
): { readonly mean: Float64Array; readonly covariance: Float64Array } {
  const n = vectors.length / D;
  const mean = new Float64Array(D);
  vectors.forEach((value, i) => (mean[i % D] += value / n));
  const covariance = new Float64Array(D * D);
  for (let at = 0; at < vectors.length; at += D) {
    for (let a = 0; a < D; a++) {
      for (let b = 0; b <= a; b++) {
        covariance[a * D + b] += ((vectors[at + a] - mean[a]) * (vectors[at + b] - mean[b])) / n;
      }
    }
  }
  for (let a = 0; a < D; a++) {
    for (let b = 0; b < a; b++) covariance[b * D + a] = covariance[a * D + b];
  }
  return { mean, covariance };
}

/** The lower factor L of a covariance, `L L^T`; dimensions that say nothing new keep a millionth of the mean variance. */
export function choleskyOf(covariance: Float64Array, D: number): Float64Array {
  let trace = 0;
  for (let d = 0; d < D; d++) trace += covariance[d * D + d] / D;
  const least = Math.max(1e-6 * trace, 1e-12);
  const L = new Float64Array(D * D);
  for (let a = 0; a < D; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = covariance[a * D + b];
      for (let k = 0; k < b; k++) sum -= L[a * D + k] * L[b * D + k];
      L[a * D + b] = a === b ? Math.sqrt(Math.max(sum, least)) : sum / L[b * D + b];
    }
  }
  return L;
}

/** The inverse of a lower triangle. */
function inverseOf(L: Float64Array, D: number): Float64Array {
  const inverse = new Float64Array(D * D);
  for (let column = 0; column < D; column++) {
    for (let row = column; row < D; row++) {
      let sum = row === column ? 1 : 0;
      for (let k = column; k < row; k++) sum -= L[row * D + k] * inverse[k * D + column];
      inverse[row * D + column] = sum / L[row * D + row];
    }
  }
  return inverse;
}
