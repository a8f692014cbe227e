/** @file What an epoch's validation reports, against sums by hand. */
import * as tf from "@tensorflow/tfjs-core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cyclical, linear } from "../src/objective/index.ts";
import type { Trainable } from "../src/step/trainable.ts";
import { train } from "../src/training/train.ts";
import { line, plainDescent, points } from "./support/plainTrainables.ts";

const column = (values: readonly number[]) => ({
  data: Float32Array.from(values),
  shape: [values.length],
});

/** A trainable whose terms are functions of the data alone, but for a variable that stays at 0. */
function figures(changes: Partial<Trainable<tf.Tensor>> = {}): Trainable<tf.Tensor> {
  const zero = tf.tidy(() => tf.variable(tf.tensor1d([0])));
  return {
    kind: "figures",
    columns: { x: { shape: [], dtype: "float32" } },
    variables: { "a/zero": zero },
    pass: ({ x }) => tf.add(x, zero),
    phases: [
      {
        name: "main",
        weights: {
          square: linear({ from: 0, to: 2, steps: 1000 }),
          center: 10,
        },
        terms: (x) => ({
          value: x,
          square: tf.square(x),
          center: { ofBatch: tf.mean(x) },
        }),
      },
      { name: "other", trains: () => false, terms: (x) => ({ value: tf.mul(3, x) }) },
    ],
    ...changes,
  };
}

const options = {
  engine: "eager",
  progress: "silent",
  batchSize: 3,
  steps: 1,
  optimizer: plainDescent(0),
} as const;

test("terms are means over all held-out examples, terms of the batch over whole batches", async () => {
  const held = { x: column([1, 2, 3, 4, 5, 6, 100]) };
  const { history } = await train(
    figures(),
    { x: column([1, 2, 3]) },
    { ...options, validation: held },
  );
  const [{ validation = { loss: NaN } }] = history.epochs;
  const mean = (1 + 2 + 3 + 4 + 5 + 6 + 100) / 7;
  const square = (91 + 100 ** 2) / 7;
  // The row that is left over is in no whole batch: 2 and 5 are the means of the others.
  expectClose(
    ["value", "square", "center", "other.value"].map((name) => validation[name]),
    [mean, square, 3.5, 3 * mean],
    { rtol: 1e-6 },
  );
  // With the weights of the end: 1, 2, 10.
  expectClose([validation.loss], [mean + 2 * square + 35], { rtol: 1e-6 });
});

test("a held-out part smaller than a batch is a whole batch of its own", async () => {
  const held = { x: column([5, 9]) };
  const { history } = await train(
    figures(),
    { x: column([1, 2, 3]) },
    { ...options, validation: held },
  );
  expect(history.epochs[0].validation?.["center"]).toBe(7);
});

test("weights of examples count as in training, and further figures are the trainable's", async () => {
  const held = { x: column([1, 2]), weights: [0, 3] };
  const trainable = figures({ figures: ({ value }) => ({ score: -value }) });
  const { history } = await train(
    trainable,
    { x: column([1, 2, 3]) },
    { ...options, validation: held },
  );
  expect(history.epochs[0].validation).toMatchObject({ value: 3, square: 6, score: -3 });
});

test("a weight that never comes to an end is taken at its target", async () => {
  const [first, ...others] = figures().phases;
  const weights = { square: cyclical({ from: 0, to: 2, period: 7 }), value: 0, center: 0 };
  const trainable = figures({ phases: [{ ...first, weights }, ...others] });
  const held = { x: column([1, 3]) };
  const { history } = await train(
    trainable,
    { x: column([1, 2, 3]) },
    { ...options, validation: held },
  );
  expect(history.epochs[0].validation?.loss).toBe(2 * 5);
});

test("the part that is held out is a function of the seed, and does not train", async () => {
  const seen: number[] = [];
  for (const seed of [1, 1, 2]) {
    const trainable = figures();
    const { history } = await train(
      trainable,
      { x: column([1, 2, 4, 8, 16, 32, 64, 128, 256, 512]) },
      {
        ...options,
        steps: 3,
        logEvery: 1,
        seed,
        validation: 0.1,
      },
    );
    // Nine examples in three batches of three: what is missing is held out.
    const sum = history.steps.reduce((total, { terms }) => total + 3 * terms["value"], 0);
    const held = history.epochs[0].validation?.["value"] ?? NaN;
    expect(held).toBeCloseTo(1023 - sum, 3);
    seen.push(held);
  }
  expect(seen[1]).toEqual(seen[0]);
  expect(seen[2]).not.toEqual(seen[0]);
});

test("a resumed run says when another engine goes on with it", async () => {
  const directory = await emptyFolder();
  const texts: string[] = [];
  const progress = { write: (text: string) => void texts.push(text) };
  const common = { batchSize: 8, validation: 0, checkpoint: { directory }, progress };
  for (const [engine, steps] of [
    ["eager", 2],
    ["eager", 4],
    ["native", 6],
  ] as const) {
    const trainable = line();
    await train(trainable, points(50), { ...common, engine, steps });
    trainable.dispose();
  }
  const said = texts.filter((text) => text.startsWith("train:"));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(
    /^train: the checkpoint was written by another engine \(eager on cpu.*\) than goes on now \(native on cpu.*\); results equal those of an unbroken run to rounding only\n$/,
  );
});
