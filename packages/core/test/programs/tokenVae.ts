/** A VAE of token sequences: categorical likelihood with a mask, a decoder that sees the tokens before. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import {
  categoricalLikelihood,
  createModel,
  elbo,
  gaussian,
  linear,
  reparameterized,
} from "@elbo/core";
import type { LatentModel } from "@elbo/core";

export interface TokenVaeOptions {
  readonly length: number;
  /** Number of tokens; 0 is the padding, which costs nothing. */
  readonly classes: number;
  readonly latent: number;
  readonly seed: number;
}

export function tokenVae({ length, classes, latent, seed }: TokenVaeOptions): LatentModel {
  // TF.js draws its own seeds where it is given none.
  const glorot = (n: number): ReturnType<typeof tfl.initializers.glorotUniform> =>
    tfl.initializers.glorotUniform({ seed: 10 * seed + n });
  const dense = (
    n: number,
    units: number,
    activation: "relu" | "linear" = "linear",
  ): tfl.layers.Layer => tfl.layers.dense({ units, activation, kernelInitializer: glorot(n) });
  const gru = (n: number, inputSize: number, returnSequences: boolean): tfl.layers.Layer => {
    const recurrentInitializer = tfl.initializers.orthogonal({ seed: 10 * seed + n });
    const starts = { kernelInitializer: glorot(n), recurrentInitializer };
    const inputShape = [length, inputSize];
    return tfl.layers.gru({ units: 64, inputShape, returnSequences, ...starts });
  };
  return createModel({
    kind: "token-vae",
    options: { length, classes, latent },
    example: { x: categoricalLikelihood([length], { classes, padding: 0 }) },
    latents: reparameterized({ size: latent, posterior: gaussian, prior: gaussian }),
    networks: {
      encoder: tfl.sequential({ layers: [gru(1, classes, false), dense(2, 2 * latent)] }), // of one-hot tokens
      decoder: tfl.sequential({
        layers: [gru(3, classes + latent, true), dense(4, 32, "relu"), dense(5, classes)],
      }), // of the token before, and z at every position
    },
    objective: elbo({ weights: { rate: linear({ from: 0, to: 1, steps: 300 }) } }),
    generate(model, { z }, context, batch) {
      const known = batch === undefined ? tf.zeros([z.shape[0], length], "int32") : batch["x"];
      const start = tf.zeros([z.shape[0], 1], "int32");
      const shifted = tf.concat([start, tf.slice(known, [0, 0], [-1, length - 1])], 1); // token t sees those before t
      const oneHot = tf.cast(tf.oneHot(tf.cast(shifted, "int32"), classes), "float32"); // [B, T, C]
      const everywhere = tf.tile(tf.expandDims(z, 1), [1, length, 1]); // [B, T, L]
      return model.apply("decoder", tf.concat([oneHot, everywhere], 2), { context });
    },
  });
}
