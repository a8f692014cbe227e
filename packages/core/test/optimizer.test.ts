import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { linear } from "../src/objective/index.ts";
import { adam, adamW } from "../src/optimizers/adam.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import type { Optimizer } from "../src/step/optimizer.ts";
import { train } from "../src/training/train.ts";
import { line, points, valuesOf } from "./support/plainTrainables.ts";
import { runOptimizer } from "./support/optimizers.ts";
import { lion } from "./programs/lion.ts";

const learningRate = linear({ from: 0.1, to: 0.2, steps: 5 });
const data = points(12);
const whole = { progress: "silent", validation: 0, batchSize: 12, steps: 1 } as const;

test.each<[Optimizer, object]>([
  [sgd(), { learningRate: 0.01, momentum: 0 }],
  [sgd({ learningRate, momentum: 0.5 }), { learningRate: learningRate.toJSON(), momentum: 0.5 }],
  [adam({ beta1: 0.8 }), { learningRate: 0.001, beta1: 0.8, beta2: 0.999, epsilon: 1e-8 }],
  [
    adamW({ weightDecay: 0.1 }),
    { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
  ],
])("$kind says all of its options, as JSON", (optimizer, options) => {
  expect(JSON.parse(JSON.stringify(optimizer.options))).toEqual(options);
});

test("Lion, written outside, moves every value by its rate against the sign of its momentum", () => {
  const { variable, slots } = runOptimizer(lion({ learningRate: 0.1 }), [1, -1], 1, () => [3, -2]);
  expectClose(variable, [0.9, -0.9]);
  expectClose(slots["m"], [0.03, -0.02]);
});

test.each(["eager", "native"] as const)(
  "Lion trains a plain trainable like any other optimizer (%s)",
  async (engine) => {
    const trainable = line();
    const { history } = await train(trainable, data, {
      ...whole,
      engine,
      steps: 700,
      optimizer: lion({ learningRate: 0.004 }),
    });
    // Half the variance of the noise is 0.045.
    expect(history.steps[0].loss).toBeGreaterThan(1);
    expect(history.steps.at(-1)?.loss).toBeLessThan(0.06);
    trainable.dispose();
  },
);

/** Adds up how far it went, from a start of 7, to show slots and scalars. */
const counting: Optimizer = {
  kind: "counting",
  slots: ["seen"],
  initial: { seen: 7 },
  scalars: (step, updates) => ({ step, updates }),
  update: ({ variable, slots, scalars }) => ({
    variable: tf.add(variable, slots["seen"]),
    seen: tf.add(tf.mul(variable, 0), tf.add(tf.mul(scalars["step"], 10), scalars["updates"])),
  }),
};

test("slots start where the optimizer says, and scalars are those of step and updates", async () => {
  const trainable = line();
  await train(trainable, data, { ...whole, startStep: 5, steps: 2, optimizer: counting });
  // 0 + 7, then + (10 * 5 + 0).
  expect(valuesOf(trainable)["line/w"]).toEqual([57, 57]);
  trainable.dispose();
});

test.each<[Partial<Optimizer>, string]>([
  [
    { update: ({ variable }) => ({ variable }) },
    "train: update of the optimizer bad must return a new m of the shape [2, 1], got none",
  ],
  [
    { update: ({ variable, slots }) => ({ variable: tf.sum(variable), ...slots }) },
    "train: update of the optimizer bad must return a new variable of the shape [2, 1], got one of the shape []",
  ],
  [
    { slots: ["variable"] },
    'train: slots of an optimizer must have names of their own other than "variable", got "variable" of bad',
  ],
])("an optimizer that breaks the contract is refused in a sentence", async (part, message) => {
  const trainable = line();
  const optimizer: Optimizer = {
    kind: "bad",
    slots: ["m"],
    update: ({ variable, slots }) => ({ variable, ...slots }),
    ...part,
  };
  await expect(train(trainable, data, { ...whole, optimizer })).rejects.toThrow(message);
  trainable.dispose();
});
