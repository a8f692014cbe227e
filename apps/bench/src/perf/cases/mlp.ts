import * as tf from "@tensorflow/tfjs-core";
import { dense, denseWeights } from "./layers.ts";
import { decodingWork, encodingWork, trainingWork } from "./vae.ts";
import type { VaeNetworks } from "./vae.ts";
import type { Work } from "./work.ts";

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

/** Training end to end; noise and the order of the data are each library's own, so losses agree within their spread. */
const fit: Work = {
  name: "fit/mlp",
  group: "fit",
  title: `${networks.title}, training end to end, batch 128`,
  model: "mlp",
  kind: "fit",
  batch: 128,
  weights: networks.weights,
  inputs: [],
  tolerance: { loss: 1e-2, values: 0 },
};

/** The MLP's works: how its training step grows with the batch, what encoding and decoding take, and a whole training. */
export const mlpWorks: readonly Work[] = [
  ...[128, 32, 512].map((batch) => trainingWork(networks, batch)),
  ...[1, 256].flatMap((batch) => [encodingWork(networks, batch), decodingWork(networks, batch)]),
  fit,
];
