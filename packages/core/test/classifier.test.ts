import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { accuracy, classifier, loadClassifier, Random, train } from "../src/index.ts";

/** 8x8 images of one bright column or row each: class 0 and 1. */
function bars(count: number, seed = 1) {
  const random = new Random(seed);
  const data = new Uint8Array(count * 64);
  const label = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    label[i] = random.integer(2);
    const at = random.integer(8);
    for (let k = 0; k < 64; k++) {
      const isBar = (label[i] === 0 ? k % 8 : Math.floor(k / 8)) === at;
      data[64 * i + k] = (isBar ? 180 : 20) + random.integer(60);
    }
  }
  return { x: { data, shape: [count, 8, 8, 1] }, label };
}

const options = { epochs: 8, batchSize: 32, progress: "silent" } as const;
const data = bars(400);
const held = bars(100, 2);

test.each(["mlp", "conv"] as const)(
  "a %s learns bars, and says what it validates",
  async (network) => {
    const model = classifier({ example: [8, 8, 1], classes: 2, network, seed: 1 });
    const { history } = await train(model, data, options);
    const { validation } = history.epochs[history.epochs.length - 1];
    expect(Object.keys(validation ?? {}).sort()).toEqual(["crossEntropy", "errors", "loss"]);
    expect(validation?.loss).toBe(validation?.crossEntropy);
    const predicted = await model.predict(held.x);
    expect(predicted.shape).toEqual([100]);
    expect(accuracy(predicted, held.label).mean).toBeGreaterThan(0.95);
    expect(model.step).toBe(8 * Math.floor(360 / 32)); // a tenth is held out, and the rest of an epoch is dropped
  },
);

test("probabilities are the softmax of the logits, which are linear in the features", async () => {
  const network = { kind: "mlp", hidden: [10, 6] } as const;
  const model = classifier({ example: [8, 8, 1], classes: 3, network });
  const features = await model.features(held.x);
  expect(features.shape).toEqual([100, 6]);
  const logits = await model.logits(held.x);
  const probabilities = await model.probabilities(held.x);
  const { "logits/logits/kernel": kernel } = await model.readWeights();
  const row = [0, 1, 2].map((c) => {
    let sum = 0;
    for (let j = 0; j < 6; j++) sum += features.data[j] * kernel.data[3 * j + c];
    return sum;
  });
  expectClose(logits.data.subarray(0, 3), row, { rtol: 1e-5, atol: 1e-6 });
  const total = row.reduce((sum, x) => sum + Math.exp(x), 0);
  expectClose(
    probabilities.data.subarray(0, 3),
    row.map((x) => Math.exp(x) / total),
    { rtol: 1e-5 },
  );
});

test("a saved classifier is loaded with its weights, step and own networks", async () => {
  const model = classifier({ example: [8, 8, 1], classes: 2, network: "conv", seed: 3 });
  await train(model, data, { ...options, epochs: 1 });
  const directory = join(await emptyFolder(), "classifier");
  await model.save(directory);
  const again = await loadClassifier(directory);
  expect(again.step).toBe(model.step);
  expect((await again.logits(held.x)).data).toEqual((await model.logits(held.x)).data);
});

test("the same seed gives the same bytes, from a record or from examples with labels", async () => {
  const run = async (given: Parameters<typeof train>[1]) => {
    const model = classifier({ example: [8, 8, 1], classes: 2, seed: 5 });
    await train(model, given, { ...options, epochs: 2 });
    return (await model.readWeights())["features/dense1/kernel"].data;
  };
  expect(await run({ ...data.x, labels: data.label })).toEqual(await run(data));
});

test("vectors, signals and networks of one's own are taken", async () => {
  const vector = classifier({ example: [5], classes: 2 });
  const x = tf.tensor2d(new Float32Array(10).fill(0.5), [2, 5]);
  expect((await vector.predict(x)).data.length).toBe(2);
  const signal = classifier({ example: [16, 2], classes: 2, network: "conv" });
  const values = { data: new Float32Array(96), shape: [3, 16, 2] };
  expect((await signal.features(values)).shape).toEqual([3, 128]);
  const network = classifier({ example: [5], classes: 2, seed: 9 }).networks;
  expect(classifier({ example: [5], classes: 2, network }).networks).toBe(network);
});

test("after dispose it refuses", async () => {
  const model = classifier({ example: [5], classes: 2 });
  model.dispose();
  await expect(model.predict({ data: new Float32Array(5), shape: [1, 5] })).rejects.toThrow(
    "predict: the model must not be used after dispose()",
  );
});

test.each([
  [{ example: [5], classes: 1 }, "classifier: classes must be an integer at least 2, got 1"],
  [
    { example: [5], classes: 2, network: "conv" },
    "classifier: example must be [height, width, channels] or [length, channels] for a conv network, got [5]",
  ],
  [
    { example: [5], classes: 2, network: { kind: "resnet" } },
    'classifier: network.kind must be "mlp" or "conv", got "resnet"',
  ],
  [
    { example: [5], classes: 3, network: classifier({ example: [5], classes: 2 }).networks },
    "classifier: network.logits must give [3] per example, got [2]",
  ],
])("what cannot be is refused (%#)", (given, message) => {
  expect(() => classifier(given as never)).toThrow(message);
});

test("data without labels, or with classes out of range, are refused before any work", async () => {
  const model = classifier({ example: [8, 8, 1], classes: 2 });
  await expect(train(model, data.x, options)).rejects.toThrow(
    "train: a classifier must be given { x, label } or examples with labels, got no labels",
  );
  const label = new Uint8Array(400).fill(2);
  await expect(train(model, { ...data, label }, options)).rejects.toThrow(
    "train: label must be integers in [0, 2), got 2 at 0",
  );
});
