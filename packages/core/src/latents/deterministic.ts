import * as tf from "@tensorflow/tfjs-core";
import type { Latents } from "./latents.ts";

/** Latents that the encoder gives directly. */
export interface Point {
  /** `[B, ...latent]` */
  readonly z: tf.Tensor;
}

/**
 * Latents without noise, penalty or prior: the encoder's output itself, as in a plain autoencoder.
 *
 * @param latent shape per example
 * @param noPrior the sentence that `sample()` throws
 */
export function deterministic(latent: readonly number[], noPrior: string): Latents<Point> {
  return {
    kind: "deterministic",
    options: { latent },
    features: latent,
    latent,
    posterior: (z) => ({ z }),
    draw: ({ z }, { draws }) => tf.tile(tf.expandDims(z, 0), [draws, 1, ...latent.map(() => 1)]),
    mode: ({ z }) => z,
    terms: () => ({}),
    describe: ({ z }) => ({ z }),
    noPrior,
  };
}
