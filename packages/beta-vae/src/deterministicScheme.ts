import type { LatentScheme } from "@elbo/core";
import type * as tf from "@tensorflow/tfjs-core";

/** Latents that the encoder gives directly, `[B, L]`. */
export interface DeterministicPosterior {
  readonly z: tf.Tensor;
}

/**
 * Latents of a plain autoencoder: the encoder's output itself, without noise, penalty or prior.
 *
 * The limit of Gaussian latents whose variance and KL weight go to zero: only the distortion is left.
 *
 * @param latent number of latent dimensions L, at least 1
 */
export function deterministicScheme(latent: number): LatentScheme<DeterministicPosterior> {
  return {
    kind: "deterministic",
    featureShape: [latent],
    latentShape: [latent],
    codeShape: [latent],
    codeType: "float32",
    variables: [],
    state: [],
    noise: {},
    posterior: (z) => ({ z }),
    latents: ({ z }) => z,
    mode: ({ z }) => z,
    code: ({ z }) => z,
    fromCode: (code) => code,
    terms: () => ({}),
    noPrior:
      "sample: the model must have a prior over its latents, got a plain autoencoder; betaVae has one",
  };
}
