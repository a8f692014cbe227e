import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "@elbo/core";
import { gaussianLevel } from "./gaussianLevel.ts";

/**
 * σ-VAE: the distortion of a Gaussian likelihood whose one variance is the best for the batch, in closed form.
 *
 * With `s^2` the mean squared error over the batch and its D values, `distortion = D / 2 (ln(2 pi s^2) + 1)`, a term of the
 * batch in nats per example; s is not below 1/255. The model's likelihood must be Gaussian with one value per pixel, and its
 * own scale plays no part in training; set it to the scale that was reached to evaluate at the optimum. `betaVae` refuses other
 * likelihoods; in a model of one's own parts only the number of parameters can be seen.
 * Source: Rybkin et al. 2021 (arXiv:2006.13202), equation 9.
 */
export function optimalSigma(): Objective {
  return {
    kind: "optimal-sigma",
    terms(_model, pass) {
      const { rate } = gaussianLevel("optimalSigma", pass);
      const x = pass.batch["x"];
      if (pass.decoded.size !== x.size) {
        throw new RangeError(
          `optimalSigma: the likelihood must have one parameter per value (${x.size}), got ${pass.decoded.size}`,
        );
      }
      const mean = tf.reshape(tf.slice(pass.decoded, 0, 1), x.shape);
      const D = x.size / x.shape[0];
      const variance = tf.maximum(tf.mean(tf.squaredDifference(x, mean)), 1 / 255 ** 2);
      const distortion = tf.mul(D / 2, tf.add(tf.log(tf.mul(2 * Math.PI, variance)), 1));
      return { distortion: { ofBatch: distortion }, rate };
    },
  };
}
