import * as tf from "@tensorflow/tfjs-core";
import { sumPerExample, type LatentScheme } from "@elbo/core";

/** A Laplace distribution per latent dimension, `[B, L]` each: heavier tails and a sharper peak than a Gaussian. */
export interface LaplacePosterior {
  readonly location: tf.Tensor;
  readonly logScale: tf.Tensor;
}

/** `log Laplace(z; location, exp(logScale)) = -log 2 - logScale - |z - location| / scale`, per dimension. */
const logProb = (z: tf.Tensor, { location, logScale }: LaplacePosterior): tf.Tensor =>
  tf.sub(
    -Math.LN2,
    tf.add(logScale, tf.mul(tf.abs(tf.sub(z, location)), tf.exp(tf.neg(logScale)))),
  );

/** The quantile of Laplace(0, 1) at u in (0, 1): `-sign(u - 1/2) log(1 - 2 |u - 1/2|)`. */
function standardLaplace(u: tf.Tensor): tf.Tensor {
  const centred = tf.sub(u, 0.5);
  const inside = tf.maximum(tf.sub(1, tf.mul(2, tf.abs(centred))), 1e-7);
  return tf.neg(tf.mul(tf.sign(centred), tf.log(inside)));
}

/** Laplace latents with a Laplace(0, 1) prior; `kl = -log b + |m| + b exp(-|m| / b) - 1` per dimension. */
export function laplaceScheme(latent: number): LatentScheme<LaplacePosterior> {
  const noise = { u: { kind: "uniform", shape: [latent] } } as const;
  return {
    kind: "laplace",
    featureShape: [2 * latent],
    latentShape: [latent],
    codeShape: [latent],
    codeType: "float32",
    variables: [],
    state: [],
    noise,
    posterior: (features) => ({
      location: tf.slice(features, [0, 0], [-1, latent]), // [B, L]
      logScale: tf.slice(features, [0, latent], [-1, latent]), // [B, L]
    }),
    latents: ({ location, logScale }, { u }) =>
      tf.add(location, tf.mul(tf.exp(logScale), standardLaplace(u!))),
    mode: ({ location }) => location,
    code: ({ location }) => location,
    fromCode: (code) => code,
    terms: ({ location, logScale }) => {
      const far = tf.abs(location);
      const near = tf.exp(tf.sub(logScale, tf.mul(far, tf.exp(tf.neg(logScale)))));
      return { kl: sumPerExample(tf.sub(tf.add(tf.sub(far, logScale), near), 1)) }; // [B]
    },
    rate: "kl",
    logRatio: (posterior, z) => {
      const prior = { location: tf.zerosLike(z), logScale: tf.zerosLike(z) };
      return sumPerExample(tf.sub(logProb(z, prior), logProb(z, posterior))); // [B]
    },
    prior: { noise, sample: ({ u }) => standardLaplace(u!) },
  };
}
