import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import type { StepContext } from "../src/index.ts";
import { applyNetwork } from "../src/model/applyNetwork.ts";

const context = (condition?: tf.Tensor): StepContext => ({
  training: false,
  batchSize: 2,
  draws: 1,
  dataSize: 1,
  noise: {},
  scalars: {},
  ...(condition === undefined ? {} : { condition }),
});

/** Gives the sum of its inputs, so that outputs tell which values came in together. */
const summing = (inputShape: number[]): tfl.LayersModel =>
  tfl.sequential({
    layers: [
      tfl.layers.reshape({ inputShape, targetShape: [inputShape.reduce((a, b) => a * b, 1)] }),
      tfl.layers.dense({ units: 1, kernelInitializer: "ones" }),
    ],
  });

const range = (...shape: number[]): tf.Tensor =>
  tf.tidy(() =>
    tf.reshape(
      tf.range(
        0,
        shape.reduce((a, b) => a * b, 1),
      ),
      shape,
    ),
  );

const shapes: [string, number[], number[], number[]][] = [
  ["a vector", [6], [2, 6], [2, 1]],
  ["an image for a network that takes vectors", [6], [2, 2, 3, 1], [2, 1]],
  ["draws of vectors", [6], [5, 2, 6], [5, 2, 1]],
  ["draws of images", [2, 3, 1], [5, 2, 2, 3, 1], [5, 2, 1]],
  ["a single value", [1], [4, 3, 1], [4, 3, 1]],
  ["a number per example", [1], [4], [4, 1]],
];

test.each(shapes)("leading axes are folded into the batch: %s", (_, input, given, wanted) => {
  const x = range(...given);
  const y = applyNetwork({ name: "n", network: summing(input) }, x, { context: context() });
  expect(y.shape).toEqual(wanted);
  const size = input.reduce((a, b) => a * b, 1);
  const sums = tf.sum(tf.reshape(x, [-1, size]), 1);
  expectClose(y.dataSync(), sums.dataSync());
});

const condition = tf.tensor2d([
  [100, 0],
  [0, 1000],
]);
const told = { context: context(condition), condition: true };

test("a condition follows the values of a vector, for every draw of its example", () => {
  const network = summing([5]);
  const y = applyNetwork({ name: "n", network }, range(3, 2, 3), told);
  expectClose(y.dataSync(), [103, 1012, 121, 1030, 139, 1048]);
});

test("a condition becomes constant maps in further channels", () => {
  const network = summing([2, 2, 3]);
  const y = applyNetwork({ name: "n", network }, range(2, 2, 2, 1), told);
  expectClose(y.dataSync(), [6 + 400, 22 + 4000]);
});

test("a condition becomes further values at every position of a sequence", () => {
  const y = applyNetwork({ name: "n", network: summing([4, 3]) }, range(2, 4, 1), told);
  expectClose(y.dataSync(), [6 + 400, 22 + 4000]);
});

test("a condition goes to the second input of a network that has two", () => {
  const x = tfl.input({ shape: [3] });
  const c = tfl.input({ shape: [2] });
  const both = tfl.layers.concatenate().apply([x, c]) as tfl.SymbolicTensor;
  const sum = tfl.layers.dense({ units: 1, kernelInitializer: "ones" }).apply(both);
  const network = tfl.model({ inputs: [x, c], outputs: sum as tfl.SymbolicTensor });
  const y = applyNetwork({ name: "n", network }, range(2, 3), told);
  expectClose(y.dataSync(), [103, 1012]);
});

test("an input that does not fit is refused with the network's name and both shapes", () => {
  const network = summing([5]);
  expect(() =>
    applyNetwork({ name: "critic", network }, range(2, 6), { context: context() }),
  ).toThrow("apply: critic: the input of the network must end in [5] per example, got [2, 6]");
  expect(() => applyNetwork({ name: "critic", network }, range(2, 6), told)).toThrow(
    "must end in [5] per example, a condition of 2 included, got [2, 6]",
  );
});
