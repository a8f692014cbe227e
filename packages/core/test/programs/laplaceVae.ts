/** A VAE with Laplace latents: one family of distributions; the scheme is made of it. */
import * as tf from "@tensorflow/tfjs-core";
import { bernoulliLikelihood, createModel, mlp, reparameterized } from "@elbo/core";
import type { Family, LatentModel } from "@elbo/core";

/** `p(x) = exp(-|x - m| / s) / 2s`, drawn by inverting its distribution function. */
export const laplace: Family = {
  kind: "laplace-by-hand",
  noise: "uniform",
  parameters: 2,
  of(raw) {
    const [mean, logScale] = tf.split(raw, 2, -1);
    return {
      kind: "laplace-by-hand",
      noise: "uniform",
      mean: () => mean,
      logProb(x) {
        const distance = tf.div(tf.abs(tf.sub(x, mean)), tf.exp(logScale));
        return tf.neg(tf.add(tf.add(distance, logScale), Math.LN2));
      },
      sample(noise) {
        const u = tf.sub(tf.clipByValue(noise, 1e-7, 1 - 1e-7), 0.5);
        const distance = tf.neg(tf.log(tf.sub(1, tf.mul(2, tf.abs(u)))));
        return tf.add(mean, tf.mul(tf.mul(tf.exp(logScale), tf.sign(u)), distance));
      },
    };
  },
};

/** No closed form is known to core for this pair, so the rate is estimated from the draw. */
export function laplaceVae(image: readonly number[], latent: number, seed: number): LatentModel {
  const example = { x: bernoulliLikelihood(image) };
  const latents = reparameterized({ size: latent, posterior: laplace, prior: laplace });
  const networks = mlp({ example, latents, hidden: [64], seed });
  return createModel({
    kind: "laplace-vae",
    options: { latent },
    example,
    latents,
    networks,
    seed,
  });
}
