/** β-TCVAE (Chen et al. 2018, arXiv:1802.04942): the KL term in three parts, estimated by minibatch-weighted sampling. */
import * as tf from "@tensorflow/tfjs-core";
import type { Objective } from "@elbo/core";

/**
 * `log q(z_i) ~ log 1/(B N) sum_j q(z_i | x_j)` (equation S6), over all dimensions at once and over each alone.
 *
 * @param beta weight of the total correlation
 */
export const betaTcvae = (beta: number): Objective => ({
  kind: "beta-tcvae-by-hand",
  options: { beta },
  weights: { totalCorrelation: beta },
  terms(model, pass, { batchSize, dataSize }) {
    const pairs = model.logPosteriorPairs(pass); // [B, B, L]
    const logBN = Math.log(batchSize * dataSize);
    const logJoint = tf.sub(tf.logSumExp(tf.sum(pairs, 2), 1), logBN); // [B]
    const logMarginals = tf.sum(tf.sub(tf.logSumExp(pairs, 1), logBN), 1); // [B]
    const logPosterior = tf.sum(tf.mul(tf.eye(batchSize), tf.sum(pairs, 2)), 1); // [B], log q(z_i | x_i)
    const logPrior = tf.add(tf.squeeze(model.logRatio(pass), [0]), logPosterior); // [B]
    return {
      distortion: tf.neg(tf.squeeze(model.logLikelihood(pass), [0])),
      mutualInformation: { ofBatch: tf.mean(tf.sub(logPosterior, logJoint)) },
      totalCorrelation: { ofBatch: tf.mean(tf.sub(logJoint, logMarginals)) },
      dimensionWise: { ofBatch: tf.mean(tf.sub(logMarginals, logPrior)) },
    };
  },
});
