import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { results, topologicalOrder } from "../src/graph/walk.ts";
import { trace } from "../src/trace/trace.ts";

test("a step returns its outputs and advances its state", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const step = jit(
    ({ x }) => {
      const { value, grads } = tf.variableGrads(
        () => tf.sum<tf.Scalar>(tf.square(tf.sub(w, x))),
        [w],
      );
      w.assign(tf.sub(w, tf.mul(grads[w.name], 0.5)));
      return { loss: value };
    },
    { feeds: { x: { shape: [2] } }, state: [w] },
  );
  const { loss } = await step({ x: new Float32Array([0, 0]) });
  expect(loss?.data[0]).toBe(5);
  await step.pull();
  expect(Array.from(w.dataSync())).toEqual([0, 0]);
  step.dispose();
  w.dispose();
});

test("tracing records gradients and updates, and leaves TF.js as it was", async () => {
  await tf.ready();
  const w = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  const graph = trace({
    fn: ({ x }) => {
      const { value, grads } = tf.variableGrads(
        () => tf.sum<tf.Scalar>(tf.square(tf.sub(w, x))),
        [w],
      );
      w.assign(tf.sub(w, tf.mul(grads[w.name], 0.5)));
      return { loss: value };
    },
    feeds: [{ name: "x", shape: [2], dtype: "float32" }],
    state: [w],
  });
  expect(graph.updates.map((u) => u.state)).toEqual([0]);
  expect(topologicalOrder(results(graph)).map((n) => n.op)).toContain("reduceSum");
  expect(Array.from(w.dataSync())).toEqual([1, 2]);
  expect(tf.getBackend()).not.toBe("elbo-trace");
  expect(tf.memory().numTensors).toBe(before);
  w.dispose();
});

test("an exception inside the function leaves TF.js as it was", async () => {
  await tf.ready();
  const backend = tf.getBackend();
  const w = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  expect(() =>
    trace({
      fn: () => {
        w.assign(tf.add(w, 1));
        throw new Error("mine");
      },
      feeds: [],
      state: [w],
    }),
  ).toThrow("mine");
  expect(tf.getBackend()).toBe(backend);
  expect(Array.from(w.dataSync())).toEqual([1, 2]);
  expect(tf.memory().numTensors).toBe(before);
  w.dispose();
});

const misuse: [string, () => Record<string, tf.Tensor>, RegExp][] = [
  ["reading a value", () => ({ y: tf.scalar(tf.add(1, 2).dataSync()[0]) }), /must not read/],
  ["drawing random numbers", () => ({ y: tf.randomNormal([2], 0, 1, "float32", 7) }), /random/],
];

test.each(misuse)("%s while tracing is refused in one sentence", async (_, fn, message) => {
  await tf.ready();
  expect(() => trace({ fn, feeds: [], state: [] })).toThrow(message);
});

test("an undeclared variable is refused by name", async () => {
  await tf.ready();
  const w = tf.variable(tf.scalar(1), true, "forgotten");
  expect(() => trace({ fn: () => ({ y: tf.add(w, 1) }), feeds: [], state: [] })).toThrow(
    /"forgotten"/,
  );
  w.dispose();
});

test("a variable and the tensor it was made from stay apart, and so do two variables of one tensor", async () => {
  const start = tf.tensor1d([1, 2]);
  const a = tf.variable(start);
  const b = tf.variable(start);
  const step = jit(
    () => {
      a.assign(tf.add(a, 1));
      return { b: tf.mul(b, 1), start: tf.mul(start, 1) };
    },
    { feeds: {}, state: [a, b], engine: "native" },
  );
  await step({});
  const { b: second, start: captured } = await step({});
  await step.pull();
  expect(Array.from(a.dataSync())).toEqual([3, 4]);
  expect(Array.from(second.data)).toEqual([1, 2]);
  expect(Array.from(captured.data)).toEqual([1, 2]);
  step.dispose();
  tf.dispose([start, a, b]);
});
