import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { linear } from "../src/objective/schedule.ts";
import { adam, adamW } from "../src/optimizers/adam.ts";
import { optimizerFromJson } from "../src/optimizers/optimizerFromJson.ts";
import { sgd } from "../src/optimizers/sgd.ts";
import { runOptimizer, scalarTensors } from "./support/optimizers.ts";

const learningRate = linear({ from: 0.1, to: 0.2, steps: 5 });

test.each([
  sgd(),
  sgd({ learningRate, momentum: 0.5 }),
  adam({ learningRate, beta1: 0.8 }),
  adamW({ weightDecay: 0.1 }),
])("$config.kind restored from its JSON makes the same updates, bit for bit", (optimizer) => {
  const restored = optimizerFromJson(JSON.parse(JSON.stringify(optimizer.config)));
  expect(restored.config).toEqual(optimizer.config);
  expect(runOptimizer(restored, [1, 2, 3], 10)).toEqual(runOptimizer(optimizer, [1, 2, 3], 10));
});

test.each([
  [
    { kind: "lion", learningRate: 1 },
    'optimizerFromJson: json must be an object of the kind "sgd", "adam" or "adamW"',
  ],
  [
    null,
    'optimizerFromJson: json must be an object of the kind "sgd", "adam" or "adamW", got null',
  ],
  [
    { kind: "adam" },
    "scheduleFromJson: json must be a number or an object with the kind of a schedule, got undefined",
  ],
  [
    { kind: "adam", learningRate: 1, beta3: 1 },
    'adam: options must be among learningRate, beta1, beta2, epsilon, got "beta3"',
  ],
])("the JSON %j is refused in a sentence", (json, sentence) => {
  expect(() => optimizerFromJson(json)).toThrow(sentence);
});

test("an update of several variables moves each by its own gradient and slots", () => {
  const variables = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor2d([[3]]))];
  const optimizer = adam({ learningRate: 0.1 });
  const slots = optimizer.slots(variables);
  const gradients = [tf.tensor1d([0.5, -0.5]), tf.tensor2d([[2]])];
  optimizer.update({ variables, gradients, slots, scalars: scalarTensors(optimizer.scalars(0)) });
  expect(variables.map((v) => [...v.dataSync()].map((x) => Math.round(x * 1e4) / 1e4))).toEqual([
    [0.9, 2.1],
    [2.9],
  ]);
  expect(slots[2].dataSync()[0]).toBeCloseTo(0.2, 6);
});

test("an update leaves no tensors behind", () => {
  const variable = tf.variable(tf.zeros([3]));
  const optimizer = adamW();
  const slots = optimizer.slots([variable]);
  const gradient = tf.ones([3]);
  const scalars = scalarTensors(optimizer.scalars(0));
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    optimizer.update({ variables: [variable], gradients: [gradient], slots, scalars });
  });
  expect(tf.memory().numTensors).toBe(before);
});

test("lists that do not fit together are refused", () => {
  const variables = [tf.variable(tf.zeros([2]))];
  const optimizer = adam();
  const slots = optimizer.slots(variables);
  const scalars = scalarTensors(optimizer.scalars(0));
  const gradients = [tf.zeros([2])];
  expect(() => {
    optimizer.update({ variables, gradients: [], slots, scalars });
  }).toThrow(
    "update: gradients must be as many as variables (1) and slots 2 for each, got 0 and 2",
  );
  expect(() => {
    optimizer.update({ variables, gradients, slots: slots.slice(1), scalars });
  }).toThrow("got 1 and 1");
  expect(() => {
    optimizer.update({ variables, gradients: [tf.zeros([3])], slots, scalars });
  }).toThrow("update: gradient 0 must have the shape of its variable [2], got [3]");
  expect(() => {
    optimizer.update({ variables, gradients, slots, scalars: { learningRate: tf.zeros([2]) } });
  }).toThrow("update: learningRate must be a scalar, got [2]");
});
