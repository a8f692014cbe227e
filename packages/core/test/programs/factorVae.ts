/** FactorVAE (Kim and Mnih 2018, arXiv:1802.05983): a discriminator estimates the total correlation, in the same compiled step. */
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { adam } from "@elbo/core";
import type { Objective, Operations, Pass, StepContext } from "@elbo/core";

export interface FactorVaeOptions {
  /** Weight of the total correlation. */
  readonly gamma: number;
  readonly latent: number;
  /** `[L]` to one logit: drawn jointly, or dimension by dimension from other rows of the batch. */
  readonly discriminator: tfl.LayersModel;
}

const latentsOf = (pass: Pass, latent: number): tf.Tensor2D =>
  tf.reshape(pass.levels["z"].z, [-1, latent]); // one draw: [B, L]

/** Each column by a permutation of its own. */
function shuffled(z: tf.Tensor2D, permutations: tf.Tensor): tf.Tensor2D {
  const columns = tf.unstack(z, 1);
  const orders = tf.unstack(permutations, 0);
  return tf.stack(
    columns.map((column, d) => tf.gather(column, orders[d])),
    1,
  ) as tf.Tensor2D;
}

export const factorVae = ({ gamma, latent, discriminator }: FactorVaeOptions): Objective => ({
  kind: "factor-vae-by-hand",
  options: { gamma, latent },
  networks: { discriminator },
  noise: { shuffle: { kind: "permutation", count: latent } },
  weights: { totalCorrelation: gamma },
  terms: (model, pass, context) => ({
    distortion: tf.neg(tf.squeeze(model.logLikelihood(pass), [0])),
    ...pass.levels["z"].terms,
    totalCorrelation: tf.reshape(
      model.apply("discriminator", latentsOf(pass, latent), { context }),
      [-1],
    ),
  }),
  phases: (model: Operations) => [
    {
      name: "discriminator",
      optimizer: adam({ learningRate: 1e-3, beta1: 0.5, beta2: 0.9 }),
      trains: (name) => name.startsWith("discriminator/"),
      terms(pass: Pass, context: StepContext) {
        const z = latentsOf(pass, latent); // no variable of this phase lies before it: no gradient flows back
        const joint = model.apply("discriminator", z, { context });
        const marginal = model.apply("discriminator", shuffled(z, context.noise["shuffle"]), {
          context,
        });
        const loss = tf.add(tf.softplus(tf.neg(joint)), tf.softplus(marginal)); // -log D(z) - log(1 - D(z'))
        return { discriminator: tf.reshape(tf.mul(0.5, loss), [-1]) };
      },
    },
  ],
});
