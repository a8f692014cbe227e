/** @file A part of a model is trained and the rest stays to the byte; an encoder serves a second model; two stages. */
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import {
  adam,
  bernoulliLikelihood,
  createModel,
  evaluate,
  gaussian,
  gaussianLikelihood,
  mlp,
  reparameterized,
  train,
} from "../src/index.ts";
import type { LatentModel, NdArray, Networks, Trainable } from "../src/index.ts";
import { variablesOf } from "../src/networks/index.ts";
import { bars } from "./support/bars.ts";

const images = bars(200);
const options = { epochs: 3, batchSize: 20, validation: 0, progress: "silent" } as const;

/** A plain VAE of the bars, with an encoder of its own or a given one. */
function vae({
  seed,
  encoder,
}: {
  readonly seed: number;
  readonly encoder?: Networks[string];
}): LatentModel {
  const example = { x: bernoulliLikelihood([8, 8, 1]) };
  const latents = reparameterized({ size: 4, posterior: gaussian });
  const made = mlp({ example, latents, hidden: [16], seed });
  const networks = encoder === undefined ? made : { ...made, encoder };
  return createModel({ kind: "vae", options: {}, example, latents, networks, seed });
}

const ofNetwork = (weights: Record<string, NdArray>, network: string): [string, NdArray][] =>
  Object.entries(weights).filter(([name]) => name.startsWith(`${network}/`));

test("a decoder is trained alone, and the encoder stays to the byte", async () => {
  const model = vae({ seed: 1 });
  await train(model, images, options);
  const before = await model.readWeights();
  await train(model, images, { ...options, trains: (name) => name.startsWith("decoder/") });
  const after = await model.readWeights();
  expect(ofNetwork(after, "encoder")).toEqual(ofNetwork(before, "encoder"));
  expect(ofNetwork(after, "decoder")).not.toEqual(ofNetwork(before, "decoder"));
});

test("an encoder serves a second model: it stays where it is not trained, and both see it move where it is", async () => {
  const first = vae({ seed: 1 });
  await train(first, images, options);
  const code = await first.encode(images);
  const second = vae({ seed: 2, encoder: first.networks["encoder"] });
  expect((await second.encode(images)).data).toEqual(code.data);
  await train(second, images, { ...options, trains: (name) => name.startsWith("decoder/") });
  expect((await first.encode(images)).data).toEqual(code.data);
  await train(second, images, options);
  const moved = await first.encode(images);
  expect(moved.data).not.toEqual(code.data);
  expect(moved.data).toEqual((await second.encode(images)).data);
});

/** A linear probe of four classes over an encoder that it does not train. */
function probe(
  encoder: Networks[string],
  labels: ArrayLike<number>,
): { readonly trainable: Trainable; readonly accuracy: () => Promise<number> } {
  const head = tfl.sequential({
    layers: [tfl.layers.dense({ inputShape: [8], units: 4, kernelInitializer: "zeros" })],
  });
  const fixed = variablesOf("encoder", encoder);
  const logits = (x: tf.Tensor): tf.Tensor => {
    const features = encoder.apply(tf.reshape(x, [-1, 64])) as tf.Tensor;
    return head.apply(features) as tf.Tensor;
  };
  const trainable: Trainable = {
    kind: "probe",
    columns: { x: { shape: [64], dtype: "float32" }, y: { shape: [], dtype: "int32" } },
    variables: { ...variablesOf("head", head).trained, ...fixed.trained },
    pass: (batch) => batch,
    phases: [
      {
        name: "probe",
        trains: (name) => name.startsWith("head/"),
        terms: (batch) => {
          const { x, y } = batch as Record<string, tf.Tensor>;
          const known = tf.oneHot(tf.cast(y, "int32"), 4);
          return { nll: tf.neg(tf.sum(tf.mul(known, tf.logSoftmax(logits(x))), 1)) };
        },
      },
    ],
  };
  const accuracy = async (): Promise<number> => {
    const guess = tf.argMax(logits(tf.tensor(pixels, [200, 64])), 1);
    const data = await guess.data<"int32">();
    return data.reduce((sum, value, i) => sum + Number(value === labels[i]), 0) / 200;
  };
  return { trainable, accuracy };
}

const pixels = Float32Array.from(images.data, (byte) => byte / 255);

test("a probe reads classes from the features of a trained encoder, which stays to the byte", async () => {
  const model = vae({ seed: 1 });
  await train(model, images, { ...options, epochs: 20 });
  const before = ofNetwork(await model.readWeights(), "encoder");
  const { trainable, accuracy } = probe(model.networks["encoder"], images.labels);
  const data = {
    x: { data: pixels, shape: [200, 64] },
    y: { data: Int32Array.from(images.labels), shape: [200] },
  };
  await train(trainable, data, {
    ...options,
    epochs: 60,
    optimizer: adam({ learningRate: 0.02 }),
  });
  expect(await accuracy()).toBeGreaterThan(0.9); // chance is 0.25
  expect(ofNetwork(await model.readWeights(), "encoder")).toEqual(before);
});

test("two stages: a second VAE learns the codes of the first and is its prior", async () => {
  const first = vae({ seed: 1 });
  await train(first, images, { ...options, epochs: 20 });
  const codes = await first.encode(images);
  const example = { x: gaussianLikelihood([4], { scale: 0.3 }) };
  const latents = reparameterized({ size: 2, posterior: gaussian });
  const networks = mlp({ example, latents, hidden: [16], seed: 1 });
  const second = createModel<NdArray, "elbo">({
    kind: "second",
    options: {},
    example,
    latents,
    networks,
  });
  const untrained = await evaluate(second, codes, { samples: 4 });
  await train(second, codes, { ...options, epochs: 20 });
  const { elbo } = await evaluate(second, codes, { samples: 4 });
  expect(elbo.mean).toBeGreaterThan(untrained.elbo.mean + 1);
  const prior = {
    kind: "second-stage",
    sample: (count: number, { seed = 0 } = {}) => second.sample(count, { seed, draw: true }),
  };
  const drawn = await first.sample(5, { prior, seed: 3 });
  const own = await second.sample(5, { seed: 3, draw: true });
  expect(drawn.data).toEqual((await first.decode(own)).data);
});
