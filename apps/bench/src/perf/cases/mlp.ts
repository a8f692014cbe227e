import * as tf from "@tensorflow/tfjs-core";
import { dense, denseWeights } from "./layers.ts";
import { decodingWork, encodingWork, trainingWork } from "./vae.ts";
import type { VaeNetworks } from "./vae.ts";

const latent = 20;

/** 784-400-20-400-784 with ReLU. */
const networks: VaeNetworks = {
  model: "mlp",
  title: "MLP VAE 784-400-20",
  image: [784],
  latent,
  beta: 1,
  weights: [
    ...denseWeights("encoder.hidden", 784, 400),
    ...denseWeights("encoder.output", 400, 2 * latent),
    ...denseWeights("decoder.hidden", latent, 400),
    ...denseWeights("decoder.output", 400, 784),
  ],
  encoder: (weights, x) =>
    dense(weights, "encoder.output", tf.relu(dense(weights, "encoder.hidden", x))),
  decoder: (weights, z) =>
    dense(weights, "decoder.output", tf.relu(dense(weights, "decoder.hidden", z))),
};

/** The MLP's works: how its training step grows with the batch, and what encoding and decoding take. */
export const mlpWorks = [
  ...[128, 32, 512].map((batch) => trainingWork(networks, batch)),
  ...[1, 256].flatMap((batch) => [encodingWork(networks, batch), decodingWork(networks, batch)]),
];
