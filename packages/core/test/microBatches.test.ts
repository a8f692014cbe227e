import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { adam } from "../src/optimizers/adam.ts";
import type { TrainOptions } from "../src/training/options.ts";
import { train } from "../src/training/train.ts";
import { line, points, valuesOf } from "./support/plainTrainables.ts";
import type { LineOptions } from "./support/plainTrainables.ts";

const data = { ...points(64), weights: Float32Array.from({ length: 64 }, (_, i) => i % 3) };
const noisy: LineOptions = {
  noise: { shake: { kind: "normal", shape: [3] } },
  terms: ({ error }, { noise }) => ({
    error: tf.square(tf.add(error, tf.mul(0.1, tf.sum(noise["shake"], 1)))),
  }),
};
const options: TrainOptions = {
  progress: "silent",
  batchSize: 16,
  epochs: 3,
  clipNorm: 1,
  ema: 0.9,
  validation: 0,
  logEvery: 1,
  optimizer: adam({ learningRate: 0.05 }),
};

describe.each(["eager", "native"] as const)("on the engine %s", (engine) => {
  test("a batch in parts equals the whole batch to rounding, noise and weights included", async () => {
    const runs = [];
    for (const microBatches of [1, 2, 8]) {
      const trainable = line(noisy);
      const { history } = await train(trainable, data, { ...options, engine, microBatches });
      const losses = history.steps.map(({ loss }) => loss);
      runs.push([...losses, ...Object.values(valuesOf(trainable)).flat()]);
      trainable.dispose();
    }
    // Sums of float32 in another order, and Adam's division.
    for (const run of runs.slice(1)) expectClose(run, runs[0], { rtol: 1e-4, atol: 1e-6 });
    expect(new Set(runs[0]).size).toBeGreaterThan(10);
  });
});

test("it takes a number that divides the batch", async () => {
  const trainable = line();
  await expect(train(trainable, data, { ...options, microBatches: 3 })).rejects.toThrow(
    "train: microBatches must divide the batch size (16), got 3",
  );
  trainable.dispose();
});

test.each<[string, LineOptions, string]>([
  [
    "an afterStep",
    { afterStep: () => undefined },
    "train: microBatches must be 1 unless nothing but gradients moves variables, got line, which has an afterStep; parts of a batch would give another result than the batch",
  ],
  [
    "noise of the batch",
    { noise: { order: { kind: "permutation", count: 1 } } },
    "train: microBatches must be 1 unless all noise is per example, got the noise order of the batch",
  ],
  [
    "a term of the batch",
    { terms: ({ error }) => ({ spread: { ofBatch: tf.mean(tf.square(error)) } }) },
    "train: microBatches must be 1 unless all terms are per example, got the term spread of the batch",
  ],
])("%s forbids it", async (_, change, message) => {
  const trainable = line(change);
  await expect(
    train(trainable, data, { ...options, engine: "eager", microBatches: 2 }),
  ).rejects.toThrow(message);
  trainable.dispose();
});

test("layers that keep statistics of batches forbid it", async () => {
  const seen = tf.variable(tf.tensor1d([0]));
  const trainable = line({
    state: { "norm/seen": seen },
    terms: ({ error }) => {
      seen.assign(tf.mean(error, 0, true));
      return { error: tf.square(error) };
    },
  });
  await expect(
    train(trainable, data, { ...options, engine: "eager", microBatches: 2 }),
  ).rejects.toThrow(
    "train: microBatches must be 1 unless layers take no statistics of the batch, got norm/seen, which one moved",
  );
  trainable.dispose();
});
