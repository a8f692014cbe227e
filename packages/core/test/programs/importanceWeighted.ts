/** The importance-weighted bound (Burda et al. 2016, arXiv:1509.00519, equation 8) with k draws per example. */
import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "@elbo/core";

export const importanceWeighted = (draws: number): Objective => ({
  kind: "importance-weighted-by-hand",
  options: { draws },
  draws,
  terms(model, pass) {
    const logWeights = tf.add(model.logLikelihood(pass), model.logRatio(pass)); // [K, B]
    return { bound: tf.sub(Math.log(draws), tf.logSumExp(logWeights, 0)) }; // [B]
  },
});
