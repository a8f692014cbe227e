import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { clipByGlobalNorm } from "../src/optimizers/clipByGlobalNorm.ts";

const gradients = [tf.tensor1d([3, 0]), tf.tensor2d([[0], [4]])];

test("gradients beyond the bound are scaled to it together", () => {
  const clipped = clipByGlobalNorm(gradients, 1);
  expect(clipped.norm.dataSync()[0]).toBe(5);
  expectClose(
    clipped.gradients.flatMap((g) => [...g.dataSync()]),
    [0.6, 0, 0, 0.8],
  );
  expect(clipped.gradients.map((g) => g.shape)).toEqual([[2], [2, 1]]);
});

test("gradients within the bound are unchanged, bit for bit, and so are zeros", () => {
  expect([...clipByGlobalNorm(gradients, 5).gradients[0].dataSync()]).toEqual([3, 0]);
  expect([...clipByGlobalNorm([tf.zeros([2])], 1).gradients[0].dataSync()]).toEqual([0, 0]);
});

test.each([
  [0, "clipByGlobalNorm: maxNorm must be a finite number above 0, got 0"],
  [NaN, "clipByGlobalNorm: maxNorm must be a finite number above 0, got NaN"],
])("a bound of %d is refused", (maxNorm, sentence) => {
  expect(() => clipByGlobalNorm(gradients, maxNorm)).toThrow(sentence);
});

test("no gradients are refused", () => {
  expect(() => clipByGlobalNorm([], 1)).toThrow(
    "clipByGlobalNorm: gradients must hold at least one, got none",
  );
});
