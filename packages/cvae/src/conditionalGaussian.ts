import { assertInteger, createVariable, gaussian, type LatentPrior } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";

/**
 * p(z|y) = N(m, diag(exp(s))) with `[m, s] = speed (condition . kernel + bias)`, which is N(0, I) at the start; for one-hot
 * conditions a Gaussian of its own for each class.
 *
 * @param latent number of latent dimensions
 * @param condition size of the condition vector
 * @param speed a step of Adam moves m and s by up to the learning rate times this, for every value of the condition; see {@link speedOf}
 */
export function conditionalGaussian(latent: number, condition: number, speed = 1): LatentPrior {
  const fn = "conditionalGaussian";
  assertInteger({ fn, name: "latent" }, latent, { min: 1 });
  assertInteger({ fn, name: "condition" }, condition, { min: 1 });
  const kernel = createVariable<tf.Rank.R2>([condition, 2 * latent]);
  const bias = createVariable([2 * latent]);
  return {
    kind: "conditional-gaussian",
    variables: { kernel, bias },
    distribution({ condition: given }) {
      if (given === undefined) {
        throw new Error("internal: a conditional prior was asked without a condition");
      }
      const raw = tf.add(tf.matMul(given as tf.Tensor2D, kernel), bias); // [B, 2L]
      return gaussian.of(speed === 1 ? raw : tf.mul(raw, speed));
    },
  };
}

/**
 * How quickly a prior of few parameters must move. The encoder's means of a class move by all its weights at once; a prior that moves by
 * the learning rate alone lags behind for some thousand steps, and what it does not explain of the latents says the label. Ten times
 * the learning rate was enough where it was measured (30 times was no better); shared among the values that are not 0 of a condition.
 *
 * @param values about how many of the condition's values are not 0: 1 for a class
 */
export const speedOf = (values: number): number => Math.max(1, 10 / values);
