import type { Likelihood } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * A likelihood of the part of an image that is not observed: `log p(x|z) = sum_i (1 - mask_i) log p(x_i|z)`, with the column `mask` of
 * the batch, `[B, h, w, 1]`.
 *
 * @throws TypeError for a likelihood that is no sum over values
 */
export function maskedLikelihood(fn: string, likelihood: Likelihood): Likelihood {
  if (likelihood.logProb !== undefined) {
    throw new TypeError(
      `${fn}: likelihood must be a distribution per value, which can be left out, got ${likelihood.kind}`,
    );
  }
  return {
    ...likelihood,
    logProb(decoded, values, batch) {
      const perValue = likelihood.distribution(decoded).logProb(values); // [..., B, h, w, c]
      const hidden = tf.mul(perValue, tf.sub(1, batch["mask"]));
      return tf.sum(hidden, [hidden.rank - 3, hidden.rank - 2, hidden.rank - 1]);
    },
  };
}
