import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
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

test.each(["native", "wasm", "eager"] as const)(
  "push brings a variable changed by hand to %s, pull brings it back",
  async (engine) => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const double = jit(
      () => {
        w.assign(tf.mul(w, 2));
        return {};
      },
      { feeds: {}, state: [w], engine },
    );
    await double({});
    w.assign(tf.tensor1d([10, 20]));
    await double.push();
    await double({});
    await double.pull();
    expect(Array.from(w.dataSync())).toEqual([20, 40]);
    double.dispose();
    w.dispose();
  },
);

test("an eager function sees and moves state that a compiled one holds", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const fn = (): Record<string, tf.Tensor> => {
    w.assign(tf.mul(w, 2));
    return {};
  };
  const compiled = jit(fn, { feeds: {}, state: [w], engine: "native" });
  const eager = jit(fn, { feeds: {}, state: [w], engine: "eager" });
  await compiled({});
  await eager({});
  await compiled({});
  await compiled.pull();
  expect(Array.from(w.dataSync())).toEqual([8, 16]);
  compiled.dispose();
  eager.dispose();
  w.dispose();
});

test("batch normalization's moving statistics move in a compiled step as they do eagerly", async () => {
  const results: Float32Array[][] = [];
  for (const engine of ["eager", "native"] as const) {
    const layer = tfl.layers.batchNormalization({ momentum: 0.9 });
    layer.build([null, 3]);
    const variables = layer.weights.map((weight) => weight.read() as tf.Variable);
    const apply = jit(({ x }) => ({ y: layer.apply(x, { training: true }) as tf.Tensor }), {
      feeds: { x: { shape: [null, 3] } },
      state: variables,
      engine,
    });
    const { y } = await apply({ x: new Float32Array([1, 2, 3, 4, 6, 8]) });
    await apply.pull();
    results.push([y.data as Float32Array, ...variables.map((v) => v.dataSync<"float32">())]);
    apply.dispose();
  }
  const [eager, native] = results;
  expect(Array.from(eager[3])).not.toEqual([0, 0, 0]);
  native.forEach((values, i) => {
    expectClose(values, eager[i]);
  });
});

test.each(["native", "wasm", "onnx"] as const)(
  "a large feed on %s may be a piece of a larger array, in shared memory, or a result as it is",
  async (engine) => {
    const step = jit(
      ({ x }) => ({
        y: tf.sum(tf.mul(x, x), 1),
        z: tf.relu(x),
        same: x,
        flat: tf.reshape(x, [-1]),
      }),
      { feeds: { x: { shape: [null, 1000] } }, engine },
    );
    const whole = new Float32Array(new SharedArrayBuffer(4 * 40_003));
    whole.forEach((_, i) => (whole[i] = (i % 7) - 3));
    const expected = await step({ x: whole.slice(3) });
    for (const x of [whole.subarray(3), whole.slice(2).subarray(1)]) {
      const actual = await step({ x });
      expect(actual).toEqual(expected);
      expect(actual.same.data).toEqual(Float32Array.from(x));
      // What comes back is the caller's own: neither the feed, nor each other.
      actual.same.data.fill(9);
      expect(actual.flat.data).toEqual(Float32Array.from(x));
      expect(x[0]).toBe(whole[3]);
    }
    step.dispose();
  },
);

test.each(["native", "wasm", "eager"] as const)(
  "some variables are pulled and pushed on %s, and the others stay with the runtime",
  async (engine) => {
    const a = tf.variable(tf.tensor1d([1, 2]));
    const b = tf.variable(tf.tensor1d([10]));
    const add = jit(
      ({ x }) => {
        a.assign(tf.add(a, x));
        b.assign(tf.add(b, x));
        return { sum: tf.add(tf.sum(a), tf.sum(b)) };
      },
      { feeds: { x: { shape: [] } }, state: [a, b], engine },
    );
    await add({ x: 1 });
    await add.pull([a]);
    expect([...a.dataSync()]).toEqual([2, 3]);
    expect([...b.dataSync()]).toEqual([engine === "eager" ? 11 : 10]);
    a.assign(tf.tensor1d([0, 0]));
    await add.push([a]);
    const { sum } = await add({ x: 1 });
    expect([...sum.data]).toEqual([1 + 1 + 12]);
    const other = tf.variable(tf.scalar(0), true, "other");
    await expect(add.pull([other])).rejects.toThrow(
      "pull: variables must be among those of the function's state, got other",
    );
    await expect(add.push([other])).rejects.toThrow(/^push: variables must be among/u);
    add.dispose();
    tf.dispose([a, b, other]);
  },
);
