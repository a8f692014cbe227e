import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";

const engines = ["native", "wasm", "onnx"] as const;

/** The values of `matrix` [3, 2] and `vector` [3] after one step. */
async function after(
  engine: (typeof engines)[number],
  step: (
    state: { matrix: tf.Variable; vector: tf.Variable },
    feeds: { a: tf.Tensor; m: tf.Tensor },
  ) => void,
): Promise<number[][]> {
  const matrix = tf.variable(tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]));
  const vector = tf.variable(tf.tensor1d([1, 1, 1]));
  const compiled = jit(
    ({ a, m }) => {
      step({ matrix, vector }, { a, m });
      return {};
    },
    {
      feeds: { a: { shape: [3] }, m: { shape: [3, 2] } },
      state: [matrix, vector],
      engine,
    },
  );
  await compiled({ a: Float32Array.of(0, 1, 2), m: Float32Array.of(9, 8, 7, 6, 5, 4) });
  await compiled.pull();
  compiled.dispose();
  return [matrix, vector].map((variable) => [...variable.dataSync()]);
}

// A boolean in memory is a byte per element; read as a mask of float32 it gave silently wrong values.
test.each(engines)("a condition that broadcasts over rows selects rows: %s", async (engine) => {
  const [matrix] = await after(engine, ({ matrix: v }, { a, m }) => {
    v.assign(tf.where(tf.expandDims(tf.greater(a, 0), 1), m, v));
  });
  expect(matrix).toEqual([1, 2, 7, 6, 5, 4]);
});

test.each(engines)("a condition over elements selects elements: %s", async (engine) => {
  const [, vector] = await after(engine, ({ vector: v }, { a }) => {
    v.assign(tf.where(tf.greater(a, 1), a, v));
  });
  expect(vector).toEqual([1, 1, 2]);
});

test.each(engines)("a second assignment sees the first: %s", async (engine) => {
  const [matrix] = await after(engine, ({ matrix: v }, { a, m }) => {
    v.assign(tf.mul(v, 2));
    v.assign(tf.where(tf.expandDims(tf.greater(a, 0), 1), m, v));
  });
  expect(matrix).toEqual([2, 4, 7, 6, 5, 4]);
});

test.each(engines)("rows divided by a new average see it: %s", async (engine) => {
  const [matrix, vector] = await after(engine, ({ matrix: v, vector: n }, { a, m }) => {
    const counts = tf.add(n, a);
    n.assign(counts);
    v.assign(tf.div(m, tf.expandDims(counts, 1)));
  });
  expect(vector).toEqual([1, 2, 3]);
  expect(matrix.slice(0, 4)).toEqual([9, 8, 3.5, 3]);
});

// The product was computed with the sum that used it, after the new value had been written over the old one.
test.each(engines)(
  "what is computed from the old value does not see the new one: %s",
  async (engine) => {
    const size = 2048;
    const v = tf.variable(tf.ones([size]));
    const w = tf.variable(tf.zeros([size]));
    const compiled = jit(
      ({ x, y }) => {
        const product = tf.mul(v, x);
        v.assign(tf.add(v, 10));
        w.assign(tf.add(product, tf.exp(y)));
        return {};
      },
      { feeds: { x: { shape: [size] }, y: { shape: [size] } }, state: [v, w], engine },
    );
    await compiled({ x: new Float32Array(size).fill(3), y: new Float32Array(size) });
    await compiled.pull();
    compiled.dispose();
    expect(new Set(w.dataSync())).toEqual(new Set([4])); // 1 * 3 + 1
    expect(new Set(v.dataSync())).toEqual(new Set([11]));
  },
);
