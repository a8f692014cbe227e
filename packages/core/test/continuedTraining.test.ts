/** @file Training that goes on: from call to call, part by part, from a checkpoint. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as tf from "@tensorflow/tfjs-core";
import { emptyFolder, expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { linear } from "../src/objective/index.ts";
import { adam } from "../src/optimizers/adam.ts";
import type { TrainingStatus, TrainOptions } from "../src/training/options.ts";
import { train } from "../src/training/train.ts";
import { line, points, valuesOf } from "./support/plainTrainables.ts";
import type { LineOptions } from "./support/plainTrainables.ts";

const data = points(50);
const options: TrainOptions = {
  progress: "silent",
  batchSize: 8,
  optimizer: adam({ learningRate: 0.05 }),
};
/** With noise, so that its draws must go on too. */
const noisy: LineOptions = {
  noise: { shake: { kind: "normal", shape: [] } },
  terms: ({ error }, { noise }) => ({
    error: tf.square(tf.add(error, tf.mul(0.1, noise["shake"]))),
  }),
};

/** The values after calls of `train` one after the other. */
async function after(...calls: readonly Partial<TrainOptions>[]) {
  const trainable = line(noisy);
  const steps: number[] = [];
  for (const call of calls) {
    const { step, history } = await train(trainable, data, { ...options, ...call });
    steps.push(...history.steps.map((record) => record.step));
    expect(trainable.step).toBe(step);
  }
  const values = valuesOf(trainable);
  trainable.dispose();
  return { values, steps, step: trainable.step };
}

describe.each(["eager", "native"] as const)("on the engine %s", (engine) => {
  test("5 epochs and another 5 equal 10 to the byte", async () => {
    const five = { engine, epochs: 5 };
    const whole = await after({ engine, epochs: 10 });
    expect(await after(five, five)).toEqual(whole);
    expect(whole.step).toBe(50);
  });
});

test.each<[string, Partial<TrainOptions>, Partial<TrainOptions>[]]>([
  ["in the middle of an epoch", { epochs: 4 }, [{ steps: 7 }, { steps: 1 }, { epochs: 3 }]],
  [
    "with averages of the weights",
    { epochs: 6, ema: 0.9 },
    [
      { epochs: 2, ema: 0.9 },
      { epochs: 4, ema: 0.9 },
    ],
  ],
  [
    "with schedules",
    { epochs: 4, optimizer: adam({ learningRate: linear({ from: 0, to: 0.1, steps: 15 }) }) },
    [1, 3].map((epochs) => ({
      epochs,
      optimizer: adam({ learningRate: linear({ from: 0, to: 0.1, steps: 15 }) }),
    })),
  ],
])("training goes on to the byte %s", async (_, whole, parts) => {
  expect((await after(...parts)).values).toEqual((await after(whole)).values);
});

test("training goes on to the byte after a callback threw", async () => {
  const trainable = line(noisy);
  const onStep = ({ step }: TrainingStatus): void => {
    if (step === 13) throw new Error("the disk is full");
  };
  const failing = { ...options, ema: 0.9, epochs: 4, callbacks: { onStep } };
  await expect(train(trainable, data, failing)).rejects.toThrow("the disk is full");
  expect(trainable.step).toBe(13);
  await train(trainable, data, { ...options, ema: 0.9, steps: 7 });
  expect(valuesOf(trainable)).toEqual((await after({ ema: 0.9, epochs: 4 })).values);
  trainable.dispose();
});

test("another optimizer begins with new moments and its own correction", async () => {
  const [start, next] = [adam({ learningRate: 0.05 }), adam({ learningRate: 0.01 })];
  const trainable = line();
  const common = { ...options, validation: 0, batchSize: 50, logEvery: 1 };
  await train(trainable, data, { ...common, steps: 20, optimizer: start });
  const before = valuesOf(trainable);
  await train(trainable, data, { ...common, steps: 1, optimizer: next });
  const moved = valuesOf(trainable)["line/w"].map((value, i) => value - before["line/w"][i]);
  // The first step of Adam is the learning rate against the sign of the gradient.
  expectClose(moved.map(Math.abs), [0.01, 0.01], { rtol: 1e-4 });
  trainable.dispose();
});

test("startStep 0 begins anew: order, schedules and moments", async () => {
  const trainable = line(noisy);
  await train(trainable, data, { ...options, epochs: 2 });
  const first = valuesOf(trainable);
  for (const [name, variable] of Object.entries(trainable.variables)) {
    variable.assign(tf.zeros(variable.shape));
    expect(name).toMatch(/^line/);
  }
  const { history } = await train(trainable, data, { ...options, epochs: 2, startStep: 0 });
  expect(valuesOf(trainable)).toEqual(first);
  expect(history.steps[0].step).toBe(0);
  trainable.dispose();
});

test("what trains refuses keeps its values to the byte, and its state too", async () => {
  const seen = tf.variable(tf.tensor1d([0]));
  const trainable = line({
    state: { "other/seen": seen },
    afterStep: ({ error }) => void seen.assign(tf.mean(error, 0, true)),
  });
  await train(trainable, data, { ...options, epochs: 1, trains: (name) => name === "line/b" });
  const { "line/w": w, "line/b": b, "other/seen": s } = valuesOf(trainable);
  expect(w).toEqual([0, 0]);
  expect(b[0]).not.toBe(0);
  expect(s).toEqual([0]);
  await expect(
    train(trainable, data, { ...options, epochs: 1, trains: () => false }),
  ).rejects.toThrow(
    "train: trains must choose at least one variable that a phase moves, got none of line/w, line/b",
  );
  trainable.dispose();
});

test("training a part and then the rest begins the moments of the rest anew", async () => {
  const trainable = line();
  const common = { ...options, validation: 0, batchSize: 50 };
  await train(trainable, data, { ...common, steps: 30, trains: (name) => name === "line/b" });
  await train(trainable, data, { ...common, steps: 1 });
  expectClose(valuesOf(trainable)["line/w"].map(Math.abs), [0.05, 0.05], { rtol: 1e-4 });
  trainable.dispose();
});

test("a run resumed from its checkpoint equals the run that was not stopped, to the byte of its file", async () => {
  const [whole, halves] = [await emptyFolder(), await emptyFolder()];
  const common = { epochs: 6, ema: 0.9, clipNorm: 5, earlyStopping: { patience: 9 } };
  const straight = await after({ ...common, checkpoint: { directory: whole } });
  const abort = new AbortController();
  await after({
    ...common,
    checkpoint: { directory: halves, everySteps: 5 },
    signal: abort.signal,
    callbacks: { onStep: ({ step }) => step === 12 && abort.abort() },
  });
  expect(await after({ ...common, checkpoint: { directory: halves } })).toEqual(straight);
  const file = "checkpoint.safetensors";
  expect(await readFile(join(halves, file))).toEqual(await readFile(join(whole, file)));
});

test("a run that began at a later step resumes at it", async () => {
  const directory = await emptyFolder();
  const whole = await after({ epochs: 1 }, { epochs: 3 });
  const trainable = line(noisy);
  await train(trainable, data, { ...options, epochs: 1 });
  await train(trainable, data, { ...options, epochs: 1, checkpoint: { directory } });
  // As a new process would find it: trained for one epoch, with nothing known of how.
  const again = line(noisy);
  again.step = 5;
  await train(again, data, { ...options, epochs: 3, checkpoint: { directory } });
  expect(valuesOf(again)).toEqual(whole.values);
  expect(again.step).toBe(20);
  await expect(
    train(again, data, { ...options, epochs: 1, checkpoint: { directory } }),
  ).rejects.toThrow(
    /^train: startStep must be that of the checkpoint in .* \(5\) to resume it, got 20;/,
  );
  trainable.dispose();
  again.dispose();
});
