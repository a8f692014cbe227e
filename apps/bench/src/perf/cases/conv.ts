import * as tf from "@tensorflow/tfjs-core";
import { conv, convWeights, dense, denseWeights, transposed, transposedWeights } from "./layers.ts";
import { decodingWork, encodingWork, trainingWork } from "./vae.ts";
import type { VaeNetworks } from "./vae.ts";

const latent = 10;
const side = 4; // of the smallest grid
const hidden = 256;

/** What differs between the convolutional works. */
interface ConvSizes {
  readonly model: "conv" | "photo";
  readonly title: string;
  /** Height and width of an image, `4 * 2^layers`. */
  readonly pixels: number;
  /** Of the image and of each layer of the encoder. */
  readonly channels: readonly number[];
}

/** 4x4 convolutions with stride 2 down to 4x4 pixels, dense 256, and the mirror of it, with ReLU. */
function convNetworks({ model, title, pixels, channels }: ConvSizes): VaeNetworks {
  const layers = channels.length - 1;
  const down = pairs(channels);
  const up = pairs([...channels].reverse());
  const flat = side * side * channels[layers];
  return {
    model,
    title,
    image: [pixels, pixels, channels[0]],
    latent,
    beta: 4,
    weights: [
      ...down.flatMap((each, i) => convWeights(`encoder.conv${i}`, 4, each)),
      ...denseWeights("encoder.hidden", flat, hidden),
      ...denseWeights("encoder.output", hidden, 2 * latent),
      ...denseWeights("decoder.hidden", latent, hidden),
      ...denseWeights("decoder.grid", hidden, flat),
      ...up.flatMap((each, i) => transposedWeights(`decoder.conv${i}`, 4, each)),
    ],
    encoder: (weights, x) => {
      let y = x; // [B, pixels, pixels, C]
      for (let i = 0; i < layers; i++) {
        y = tf.relu(conv({ weights, stride: 2 }, `encoder.conv${i}`, y));
      }
      const grid = tf.reshape(y, [x.shape[0], flat]); // [B, 4 * 4 * C']
      return dense(weights, "encoder.output", tf.relu(dense(weights, "encoder.hidden", grid)));
    },
    decoder: (weights, z) => {
      const grid = tf.relu(
        dense(weights, "decoder.grid", tf.relu(dense(weights, "decoder.hidden", z))),
      );
      let y: tf.Tensor = tf.reshape(grid, [z.shape[0], side, side, channels[layers]]);
      for (let i = 0; i < layers; i++) {
        y = transposed(weights, `decoder.conv${i}`, y);
        if (i < layers - 1) y = tf.relu(y);
      }
      return y; // [B, pixels, pixels, C]
    },
  };
}

function pairs(channels: readonly number[]): [number, number][] {
  return channels.slice(1).map((to, i) => [channels[i], to]);
}

const small = convNetworks({
  model: "conv",
  title: "Convolutional beta-VAE 64x64x1",
  pixels: 64,
  channels: [1, 32, 32, 64, 64],
});

const photo = convNetworks({
  model: "photo",
  title: "Convolutional beta-VAE 128x128x3",
  pixels: 128,
  channels: [3, 32, 32, 64, 64, 64],
});

/** The convolutional works. */
export const convWorks = [
  ...[64, 32, 512].map((batch) => trainingWork(small, batch)),
  trainingWork(photo, 32),
  ...[1, 256].flatMap((batch) => [encodingWork(small, batch), decodingWork(small, batch)]),
];
