import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { expectGradient } from "../src/tensors.ts";

/** A square whose gradient is wrong by a factor. */
const wrongSquare = (factor: number): ((x: tf.Tensor) => tf.Tensor) =>
  tf.customGrad((x) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: (dy) => tf.mul(dy, tf.mul(2 * factor, x as tf.Tensor)),
  }));

const x = tf.tensor1d([1, -2, 3]);
const sumOfSquares = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value ** 2, 0);

test("a right gradient passes, with and without a reference", () => {
  expectGradient({ fn: tf.square, inputs: [x] });
  expectGradient({ fn: tf.square, inputs: [x], reference: sumOfSquares });
});

test("a gradient that is off by one in a hundred fails, with and without a reference", () => {
  const fn = wrongSquare(1.01);
  expect(() => {
    expectGradient({ fn, inputs: [x] });
  }).toThrow(/value 2 of 3/);
  expect(() => {
    expectGradient({ fn, inputs: [x], reference: sumOfSquares });
  }).toThrow(/value 2 of 3/);
});

test("a variable that the function reads by itself is checked too and keeps its value", () => {
  const scale = tf.variable(tf.tensor1d([2, 3, 4]));
  const before = tf.memory().numTensors;
  expectGradient({ fn: (at) => tf.mul(tf.square(at), scale), inputs: [x, scale] });
  expect([...scale.dataSync()]).toEqual([2, 3, 4]);
  expect(tf.memory().numTensors).toBe(before);
  expect(() => {
    expectGradient({ fn: () => wrongSquare(1.01)(scale), inputs: [scale] });
  }).toThrow(/value 2 of 3/);
});
