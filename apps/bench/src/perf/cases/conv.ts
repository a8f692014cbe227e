import * as tf from "@tensorflow/tfjs-core";
import { conv, convWeights, dense, denseWeights, transposed, transposedWeights } from "./layers.ts";
import { decodingWork, encodingWork, trainingWork } from "./vae.ts";
import type { VaeNetworks } from "./vae.ts";

const latent = 10;
const encoderChannels = [1, 32, 32, 64, 64];
const decoderChannels = [64, 64, 32, 32, 1];
const side = 4; // of the smallest grid: 64 pixels after four halvings
const flat = side * side * encoderChannels[4];

/** 64x64x1, four 4x4 convolutions with stride 2, dense 256, and the mirror of it, with ReLU. */
const networks: VaeNetworks = {
  model: "conv",
  title: "Convolutional beta-VAE 64x64x1",
  image: [64, 64, 1],
  latent,
  beta: 4,
  weights: [
    ...pairs(encoderChannels).flatMap((channels, i) =>
      convWeights(`encoder.conv${i}`, 4, channels),
    ),
    ...denseWeights("encoder.hidden", flat, 256),
    ...denseWeights("encoder.output", 256, 2 * latent),
    ...denseWeights("decoder.hidden", latent, 256),
    ...denseWeights("decoder.grid", 256, flat),
    ...pairs(decoderChannels).flatMap((channels, i) =>
      transposedWeights(`decoder.conv${i}`, 4, channels),
    ),
  ],
  encoder: (weights, x) => {
    let y = x; // [B, 64, 64, 1]
    for (let i = 0; i < 4; i++) y = tf.relu(conv({ weights, stride: 2 }, `encoder.conv${i}`, y));
    const grid = tf.reshape(y, [x.shape[0], flat]); // [B, 4 * 4 * 64]
    return dense(weights, "encoder.output", tf.relu(dense(weights, "encoder.hidden", grid)));
  },
  decoder: (weights, z) => {
    const hidden = tf.relu(dense(weights, "decoder.hidden", z));
    const grid = tf.relu(dense(weights, "decoder.grid", hidden));
    let y: tf.Tensor = tf.reshape(grid, [z.shape[0], side, side, decoderChannels[0]]);
    for (let i = 0; i < 4; i++) {
      y = transposed(weights, `decoder.conv${i}`, y);
      if (i < 3) y = tf.relu(y);
    }
    return y; // [B, 64, 64, 1]
  },
};

function pairs(channels: readonly number[]): [number, number][] {
  return channels.slice(1).map((to, i) => [channels[i], to]);
}

/** The convolutional works. */
export const convWorks = [
  trainingWork(networks, 64),
  ...[1, 256].flatMap((batch) => [encodingWork(networks, batch), decodingWork(networks, batch)]),
];
