import * as tf from "@tensorflow/tfjs-core";
import { createLikelihood, createModel, createNetworks, reparameterized } from "@elbo/core";
import type { BoundFigure, Family, LatentModel, NdArray, Networks } from "@elbo/core";

/** `p(x) = exp(-|x - m| / s) / 2s`: a sharper peak and heavier tails than a Gaussian; drawn by its quantiles. */
const laplace: Family = {
  kind: "my-laplace",
  noise: "uniform",
  parameters: 2,
  of(raw) {
    const [mean, logScale] = tf.split(raw, 2, -1) as [tf.Tensor, tf.Tensor];
    return {
      kind: "my-laplace",
      noise: "uniform",
      mean: () => mean,
      logProb: (x) =>
        tf.neg(
          tf.add(tf.add(tf.div(tf.abs(tf.sub(x, mean)), tf.exp(logScale)), logScale), Math.LN2),
        ),
      sample(noise) {
        const u = tf.sub(tf.clipByValue(noise, 1e-7, 1 - 1e-7), 0.5);
        const distance = tf.neg(tf.log(tf.sub(1, tf.mul(2, tf.abs(u)))));
        return tf.add(mean, tf.mul(tf.mul(tf.exp(logScale), tf.sign(u)), distance));
      },
    };
  },
};

/** A VAE with Laplace latents and a Laplace(0, 1) prior. */
export function laplaceVae(latent: number, networks?: Networks): LatentModel<NdArray, BoundFigure> {
  const example = { x: createLikelihood("bernoulli", [28, 28, 1]) };
  const latents = reparameterized({ size: latent, posterior: laplace });
  return createModel({
    kind: "laplace-vae",
    options: { latent },
    example,
    latents,
    networks: networks ?? createNetworks("mlp", { example, latents, seed: 1 }),
    seed: 1,
  });
}
