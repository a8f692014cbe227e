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
  const example = { x: categoricalLikelihood([length], { classes, padding: 0 }) };
  const width = 32;
  const start = (n: number): ReturnType<typeof tfl.initializers.glorotUniform> =>
    tfl.initializers.glorotUniform({ seed: 10 * seed + n }); // TF.js draws its own without a seed
  const gru = (n: number, returnSequences = false): tfl.layers.Layer =>
    tfl.layers.gru({
      units: 64,
      returnSequences,
      name: "gru",
      kernelInitializer: start(n),
      recurrentInitializer: tfl.initializers.orthogonal({ seed: 10 * seed + n }),
    });
  const dense = (units: number, name: string, n: number): tfl.layers.Layer =>
    tfl.layers.dense({ units, name, kernelInitializer: start(n) });
  const tokens = tfl.input({ shape: [length, classes] }); // the likelihood's input: one-hot
  const features = dense(2 * latent, "features", 2).apply(gru(1).apply(tokens));

  const before = tfl.input({ shape: [length, classes + latent] }); // the token before, and z at every position
  const hidden = dense(width, "hidden", 4).apply(gru(3, true).apply(before));
  const logits = dense(classes, "logits", 5).apply(tfl.layers.reLU().apply(hidden));

  return createModel({
    kind: "token-vae",
    options: { length, classes, latent },
    example,
    latents: reparameterized({ size: latent, posterior: gaussian, prior: gaussian }),
    networks: {
      encoder: tfl.model({ inputs: tokens, outputs: features as tfl.SymbolicTensor }),
      decoder: tfl.model({ inputs: before, outputs: logits as tfl.SymbolicTensor }),
    },
    objective: elbo({ weights: { rate: linear({ from: 0, to: 1, steps: 300 }) } }),
    generate(model, { z }, context, batch) {
      const known = batch === undefined ? tf.zeros([z.shape[0], length], "int32") : batch["x"];
      const shifted = tf.pad(tf.slice(known, [0, 0], [-1, length - 1]), [
        [0, 0],
        [1, 0],
      ]); // token t sees those before t
      const oneHot = tf.cast(tf.oneHot(tf.cast(shifted, "int32"), classes), "float32"); // [B, T, C]
      const everywhere = tf.tile(tf.expandDims(z, 1), [1, length, 1]); // [B, T, L]
      return model.apply("decoder", tf.concat([oneHot, everywhere], 2), { context });
    },
  });
}
