/** @file Examples as people hand them in: what stands beside the values is honoured or refused. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { adam, train } from "../src/index.ts";
import type { TrainOptions } from "../src/index.ts";
import { bars, smallModel } from "./support/models.ts";

const { data, shape, labels } = bars(30);
const options: TrainOptions = {
  progress: "silent",
  epochs: 2,
  batchSize: 10,
  validation: 0,
  optimizer: adam({ learningRate: 0.01 }),
};

/** The first weights of a model trained on some examples. */
async function trainedOn(examples: Parameters<typeof train>[1]): Promise<number[]> {
  const model = smallModel({ likelihood: { kind: "bernoulli", binarize: "none" } });
  await train(model, examples, options);
  const values = Object.values(await model.readWeights()).flatMap(({ data: values }) => [
    ...values,
  ]);
  model.dispose();
  return values;
}

test("weights of examples reach training: 1 changes nothing, and what weighs 0 might be anything", async () => {
  const plain = await trainedOn({ data, shape });
  const ones = new Array<number>(30).fill(1);
  expect(await trainedOn({ data, shape, weights: ones })).toEqual(plain);
  const half = Float32Array.from({ length: 30 }, (_, i) => i % 2);
  const weighted = await trainedOn({ data, shape, weights: half });
  expect(weighted).not.toEqual(plain);
  const others = data.map((byte, i) => (Math.floor(i / 64) % 2 === 0 ? 255 - byte : byte));
  expect(await trainedOn({ data: others, shape, weights: half })).toEqual(weighted);
  expect(await trainedOn({ data: others, shape })).not.toEqual(plain);
});

test("labels and factors beside the examples of a model without a condition change nothing", async () => {
  const factors = new Int32Array(30);
  expect(await trainedOn({ data, shape, labels, factors })).toEqual(
    await trainedOn({ data, shape }),
  );
  expect(
    await trainedOn(
      tf.tensor4d(
        Float32Array.from(data, (byte) => byte / 255),
        [30, 8, 8, 1],
      ),
    ),
  ).toEqual(await trainedOn({ data, shape }));
});

test.each<[string, object, string]>([
  [
    "a misspelt key",
    { data, shape, weight: [1] },
    'train: examples must have data, shape and at most labels, weights, factors, got "weight"',
  ],
  [
    "a whole data set",
    { train: { data, shape }, test: { data, shape } },
    "train: examples must be one split of a data set, got all of it; give .train or .test",
  ],
  [
    "weights of another number",
    { data, shape, weights: [1, 2] },
    "train: weights must be 30, one per example, got 2",
  ],
  [
    "negative weights",
    { data, shape, weights: new Array<number>(30).fill(-1) },
    "train: weights must be finite and at least 0, got -1 at 0",
  ],
])("%s: refused in a sentence", async (_, examples, message) => {
  const model = smallModel();
  await expect(train(model, examples as never, options)).rejects.toThrow(message);
  model.dispose();
});
