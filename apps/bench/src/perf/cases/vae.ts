import * as tf from "@tensorflow/tfjs-core";
import { adamScalars, adamStep } from "./adam.ts";
import { feedsOf } from "./work.ts";
import type { ArraySpec, StepWork, Weights, WorkFunctions } from "./work.ts";

/** A Gaussian VAE with a Bernoulli likelihood, as far as the two networks. */
export interface VaeNetworks {
  readonly model: "mlp" | "conv" | "photo";
  readonly title: string;
  readonly weights: readonly ArraySpec[];
  /** Shape of an image. */
  readonly image: readonly number[];
  readonly latent: number;
  readonly beta: number;
  /** Images to means and log variances, side by side `[B, 2 latent]`. */
  encoder(weights: Weights, x: tf.Tensor): tf.Tensor2D;
  /** Latents `[B, latent]` to the logits of the pixels. */
  decoder(weights: Weights, z: tf.Tensor): tf.Tensor;
}

const inputsOf = ({ image, latent }: VaeNetworks, batch: number): ArraySpec[] => [
  { name: "x", shape: [batch, ...image], filling: { kind: "binary" } },
  { name: "noise", shape: [batch, latent], filling: { kind: "normal" } },
];

/** Training on batches of one size. */
export function trainingWork(networks: VaeNetworks, batch: number): StepWork {
  const inputs = inputsOf(networks, batch);
  return {
    name: `${networks.model}/${batch}`,
    group: networks.model,
    title: `${networks.title}, training, batch ${batch}`,
    model: networks.model,
    kind: "train",
    batch,
    weights: networks.weights,
    inputs,
    tolerance: { loss: 2e-4, values: 1e-3 },
    build: (weights) => buildTraining(networks, weights, inputs),
  };
}

function buildTraining(
  networks: VaeNetworks,
  weights: Weights,
  inputs: readonly ArraySpec[],
): WorkFunctions {
  const { latent, beta } = networks;
  const trained = Object.values(weights);
  const feeds = feedsOf(inputs);
  const pass = ({ x, noise }: Record<string, tf.Tensor>) => {
    const batch = x.shape[0];
    const features = networks.encoder(weights, x);
    const mu = tf.slice(features, [0, 0], [batch, latent]);
    const logVar = tf.slice(features, [0, latent], [batch, latent]);
    const z = tf.add(mu, tf.mul(noise, tf.exp(tf.mul(logVar, 0.5))));
    return { mu, logVar, logits: networks.decoder(weights, z) };
  };
  const loss = (arrays: Record<string, tf.Tensor>): tf.Scalar => {
    const { mu, logVar, logits } = pass(arrays);
    const { x } = arrays;
    const perPixel = tf.sub(tf.softplus(logits), tf.mul(x, logits));
    const distortion = tf.sum(tf.reshape(perPixel, [x.shape[0], -1]), 1); // [B]
    const perDimension = tf.sub(tf.add(tf.square(mu), tf.exp(logVar)), tf.add(logVar, 1));
    const rate = tf.sum(perDimension, 1); // [B]
    return tf.mean(tf.add(distortion, tf.mul(rate, 0.5 * beta)));
  };
  return {
    ...adamStep({ loss, trained, feeds }),
    scalars: adamScalars,
    probe: {
      feeds,
      state: trained,
      fn: (arrays) => ({ values: tf.sigmoid(pass(arrays).logits) }),
    },
  };
}

/** Images to the means of their latents. */
export function encodingWork(networks: VaeNetworks, batch: number): StepWork {
  const inputs = inputsOf(networks, batch).slice(0, 1);
  return {
    ...throughput(networks, "encode", batch),
    inputs,
    build: (weights) => ({
      slots: [],
      step: {
        feeds: feedsOf(inputs),
        state: weightsOf(weights, "encoder."),
        fn: ({ x }) => ({
          values: tf.slice(networks.encoder(weights, x), [0, 0], [batch, networks.latent]),
        }),
      },
    }),
  };
}

/** Latents to the means of the pixels. */
export function decodingWork(networks: VaeNetworks, batch: number): StepWork {
  const inputs: ArraySpec[] = [
    { name: "z", shape: [batch, networks.latent], filling: { kind: "normal" } },
  ];
  return {
    ...throughput(networks, "decode", batch),
    inputs,
    build: (weights) => ({
      slots: [],
      step: {
        feeds: feedsOf(inputs),
        state: weightsOf(weights, "decoder."),
        fn: ({ z }) => ({ values: tf.sigmoid(networks.decoder(weights, z)) }),
      },
    }),
  };
}

function weightsOf(weights: Weights, part: string): tf.Variable[] {
  return Object.entries(weights).flatMap(([name, variable]) =>
    name.startsWith(part) ? [variable] : [],
  );
}

function throughput(
  { model, title, weights }: VaeNetworks,
  kind: "encode" | "decode",
  batch: number,
): Omit<StepWork, "inputs" | "build"> {
  return {
    name: `${model}/${kind}/${batch}`,
    group: "throughput",
    title: `${title}, ${kind}, batch ${batch}`,
    model,
    kind,
    batch,
    weights,
    tolerance: { loss: 1e-4, values: 1e-4 },
  };
}
