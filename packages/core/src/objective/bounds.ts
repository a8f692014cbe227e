import * as tf from "@tensorflow/tfjs-core";
import { stopGradient } from "../distributions/stopGradient.ts";

/**
 * The importance-weighted bound of k samples: `ln (1/k sum_i w_i)` with `w_i = p(x, z_i) / q(z_i | x)`, in nats per example.
 *
 * Its expectation is below `ln p(x)`, grows with k and tends to it; for k = 1 it is a one-sample ELBO.
 * Source: Burda et al. 2016, equation 8 and theorem 1 (arXiv:1509.00519).
 *
 * @param logWeights `ln w_i`, `[k, B]`
 * @returns `[B]`
 * @throws RangeError when `logWeights` has another rank
 */
export function importanceWeightedBound(logWeights: tf.Tensor): tf.Tensor1D {
  if (logWeights.rank !== 2) {
    throw new RangeError(
      `importanceWeightedBound: logWeights must have the shape [k, B], got [${logWeights.shape.join(", ")}]`,
    );
  }
  const largest = stopGradient(tf.max(logWeights, 0, true)); // [1, B]; it cancels out of the gradient
  const sums = tf.sum(tf.exp(tf.sub(logWeights, largest)), 0); // [B]
  const shift = tf.sub(tf.reshape(largest, [-1]), Math.log(logWeights.shape[0]));
  return tf.add(tf.log(sums), shift);
}
