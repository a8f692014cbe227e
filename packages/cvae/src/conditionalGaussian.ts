import { createVariable, gaussian, type LatentPrior } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * p(z|y) = N(m, diag(exp(s))) with `[m, s] = condition . kernel + bias`, which is N(0, I) at the start; for one-hot conditions a
 * Gaussian of its own for each class.
 *
 * @param latent number of latent dimensions
 * @param condition size of the condition vector
 */
export function conditionalGaussian(latent: number, condition: number): LatentPrior {
  const kernel = createVariable<tf.Rank.R2>([condition, 2 * latent]);
  const bias = createVariable([2 * latent]);
  return {
    kind: "conditional-gaussian",
    variables: { kernel, bias },
    distribution({ condition: given }) {
      if (given === undefined) {
        throw new Error("internal: a conditional prior was asked without a condition");
      }
      return gaussian.of(tf.add(tf.matMul(given as tf.Tensor2D, kernel), bias)); // of [B, 2L]
    },
  };
}
