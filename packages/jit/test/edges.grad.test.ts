/** Values and gradients of every family of fused kernels where tiles, panels and vectors end: one less, as many, one more. */
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type FeedSpec } from "../src/index.ts";
import { seeded } from "./mlpVae.ts";

type Shapes = Readonly<Record<string, readonly number[]>>;
type Operation = (x: Record<string, tf.Tensor>) => tf.Tensor;

/** The result, and the gradients of the sum of its squares by every operand. */
async function compare(operation: Operation, shapes: Shapes, atol: number): Promise<void> {
  const names = Object.keys(shapes);
  const feeds: Record<string, FeedSpec> = {};
  for (const name of names) feeds[name] = { shape: [...shapes[name]] };
  const values = Object.fromEntries(
    names.map((name, i) => {
      const draw = seeded(i + 1);
      const length = tf.util.sizeFromShape([...shapes[name]]);
      return [name, Float32Array.from({ length }, draw)];
    }),
  );
  const fn = (given: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
    const named = (list: tf.Tensor[]): Record<string, tf.Tensor> =>
      Object.fromEntries(names.map((name, i) => [name, list[i]]));
    const loss = (...list: tf.Tensor[]): tf.Scalar =>
      tf.mul<tf.Scalar>(0.5, tf.sum(tf.square(operation(named(list)))));
    const grads = tf.grads(loss)(names.map((name) => given[name]));
    return {
      y: operation(given),
      ...Object.fromEntries(names.map((name, i) => [`d${name}`, grads[i]])),
    };
  };
  const eager = jit(fn, { feeds, engine: "eager" });
  const expected = await eager(values);
  eager.dispose();
  for (const engine of ["native", "wasm"] as const) {
    const compiled = jit(fn, { feeds, engine, onMessage: () => undefined });
    const actual = await compiled(values);
    compiled.dispose();
    for (const name of Object.keys(expected)) {
      const what = `${engine} ${name} of ${JSON.stringify(shapes)}`;
      expect(actual[name].shape, what).toEqual(expected[name].shape);
      try {
        expectClose(actual[name].data, expected[name].data, { rtol: 2e-4, atol });
      } catch (error) {
        throw new Error(what, { cause: error });
      }
    }
  }
}

/** Pairs every entry of the longest list with entries of the others in turn, so that each is met with several of the rest. */
function mixed(...lists: readonly (readonly number[])[]): number[][] {
  const length = Math.max(...lists.map((list) => list.length));
  return Array.from({ length }, (_, i) =>
    lists.map((list, j) => list[(i * (j + 1) + j) % list.length]),
  );
}

// Rows of a tile of a product are 6 or 12, columns 8, 16, 32 or 64; k is cut at 512.
const rows = [1, 5, 6, 7, 11, 12, 13, 23, 24, 25];
const columns = [1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65];

test.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])("products with bias and activation, transposed %s and %s", async (transposeA, transposeB) => {
  for (const [m, n, k] of mixed(rows, columns, [1, 15, 16, 17, 511, 512, 513])) {
    await compare(
      ({ a, b, bias }) => tf.softplus(tf.add(tf.matMul(a, b, transposeA, transposeB), bias)),
      {
        a: transposeA ? [k, m] : [m, k],
        b: transposeB ? [n, k] : [k, n],
        bias: [n],
      },
      2e-4 * Math.sqrt(k) * 4,
    );
  }
});

test.each([
  [1, 1],
  [3, 1],
  [3, 2],
  [4, 2],
])("convolutions of %s pixels, stride %s", async (size, stride) => {
  for (const [inputs, outputs, width, batch] of mixed(
    [1, 2, 3, 15, 16, 17, 31, 32, 33],
    [33, 1, 15, 16, 17, 31, 32],
    [5, 6, 7, 11, 12, 13],
    [1, 2, 3],
  )) {
    await compare(
      ({ x, filter, bias }) =>
        tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, "same"), bias)),
      { x: [batch, 5, width, inputs], filter: [size, size, inputs, outputs], bias: [outputs] },
      2e-3,
    );
  }
});

test.each([
  [3, 1],
  [3, 2],
])("depthwise convolutions of %s pixels, stride %s", async (size, stride) => {
  for (const [channels, multiplier, width] of mixed(
    [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33],
    [1, 1, 2],
    [4, 5, 7],
  )) {
    await compare(
      ({ x, filter }) =>
        tf.tanh(tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, "same")),
      { x: [2, 6, width, channels], filter: [size, size, channels, multiplier] },
      5e-4,
    );
  }
});

// A tile of an elementwise chain has 1,024 elements: whole rows, or a piece of one.
const lengths = [1, 3, 4, 5, 15, 16, 17, 341, 512, 1023, 1024, 1025, 2049];

test("chains with operands that repeat along rows and columns", async () => {
  for (const [n, m] of mixed(lengths, [1, 2, 3, 7])) {
    await compare(
      ({ x, row, column, one }) =>
        tf.mul(tf.sigmoid(tf.add(tf.mul(x, row), column)), tf.exp(tf.mul(one, x))),
      { x: [m, n], row: [n], column: [m, 1], one: [1] },
      1e-3,
    );
  }
});

test("sums, means and extremes over rows, columns and all, and what follows them", async () => {
  for (const [n, m] of mixed(lengths, [1, 2, 3, 7, 33])) {
    await compare(
      ({ x }) =>
        tf.add(
          tf.add(tf.sum(tf.square(x), 1, true), tf.mean(x, 0, true)),
          tf.add(tf.max(x, 1, true), tf.mul(1e-2, tf.sum(tf.abs(x)))),
        ),
      { x: [m, n] },
      1e-2,
    );
  }
});

test("softmax and cumulative sums", async () => {
  for (const [n, m] of mixed([1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65], [1, 3, 5])) {
    await compare(
      ({ x }) => tf.add(tf.softmax(tf.mul(3, x)), tf.mul(0.1, tf.cumsum(x, 1))),
      { x: [m, n] },
      1e-3,
    );
  }
});

test("gathered rows, whose gradient adds rows that were taken twice", async () => {
  for (const [n, size] of mixed([1, 2, 15, 16, 17, 65], [1, 3, 4, 5, 15, 16, 17, 33])) {
    const taken = Int32Array.from({ length: 2 * n + 1 }, (_, i) => (i * 7) % n);
    await compare(
      ({ x }) => tf.square(tf.gather(x, tf.tensor1d(taken, "int32"))),
      { x: [n, size] },
      1e-3,
    );
  }
});

test.each(["max", "avg"] as const)("%s pooling", async (kind) => {
  for (const [height, width, channels] of mixed(
    [2, 3, 4, 5, 7],
    [2, 5, 8, 9],
    [1, 3, 4, 5, 16, 17],
  )) {
    await compare(
      ({ x }) => tf.pool(x as tf.Tensor4D, [2, 2], kind, "same", [1, 1], [2, 2]),
      { x: [2, height, width, channels] },
      1e-4,
    );
  }
});
