import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import { jit, type TracedFunction } from "../src/index.ts";

const refused: [string, () => TracedFunction, RegExp][] = [
  [
    "a variable made inside",
    () =>
      ({ x }) => ({ y: tf.mul(x, tf.variable(tf.scalar(2))) }),
    /made before the function is traced.*made inside; build the layer before/,
  ],
  [
    "a layer built inside",
    () => {
      const layer = tfl.layers.dense({ units: 2 });
      return ({ x }) => ({ y: layer.apply(x) as tf.Tensor });
    },
    /a layer that draws its weights must be built before/,
  ],
  [
    "an optimizer that makes its slots inside",
    () => {
      const weight = tf.variable(tf.tensor2d([1, 2], [1, 2]));
      return ({ x }) => {
        const loss = tf.train.adam(0.1).minimize(() => tf.sum<tf.Scalar>(tf.mul(x, weight)), true);
        return { loss: loss as tf.Tensor };
      };
    },
    /must be declared|made before the function is traced/,
  ],
  [
    "a tensor kept inside before an error",
    () =>
      ({ x }) => {
        tf.keep(tf.add(x, 1));
        throw new Error("jit-test: thrown by the function");
      },
    /thrown by the function/,
  ],
];

// It was refused with "must not read a tensor's value", and so was everything after it.
test.each(refused)("after %s was refused, others compute", async (_, make, message) => {
  const variables = Object.keys(tf.engine().state.registeredVariables).length;
  const feeds = { x: { shape: [1, 2] } };
  const fn = make();
  const own = Object.keys(tf.engine().state.registeredVariables).length - variables;
  const bad = jit(fn, { feeds });
  const x = new Float32Array([1, 2]);
  await expect(bad({ x })).rejects.toThrow(message);
  const good = jit(({ x: value }) => ({ y: tf.mul(value, 2) }), { feeds });
  expect(Array.from((await good({ x })).y.data)).toEqual([2, 4]);
  expect(Object.keys(tf.engine().state.registeredVariables)).toHaveLength(variables + own);
  bad.dispose();
  good.dispose();
});

test("tensors are taken as feeds", async () => {
  const f = jit(({ x, n }) => ({ y: tf.add(x, tf.cast(n, "float32")) }), {
    feeds: { x: { shape: [null, 2] }, n: { shape: [2], dtype: "int32" } },
  });
  const { y } = await f({ x: tf.tensor2d([1, 2, 3, 4], [2, 2]), n: tf.tensor1d([1, 2], "int32") });
  expect(Array.from(y.data)).toEqual([2, 4, 4, 6]);
  await expect(
    f({ x: tf.tensor2d([1, 2], [1, 2]), n: tf.tensor1d([1, 2], "float32") }),
  ).rejects.toThrow('feed "n" (int32) must be a Int32Array, got Float32Array');
  f.dispose();
});

test.each(["native", "eager"] as const)(
  "what a function returns is checked on %s",
  async (engine) => {
    const results: [unknown, RegExp][] = [
      [tf.scalar(1), /must return a record of tensors, got a tensor; return \{ name: tensor \}/],
      [Promise.resolve({}), /got a promise \(an async function cannot be compiled\)/],
      [undefined, /got undefined/],
      [{ y: 1 }, /must be a tensor, got 1 for "y"/],
    ];
    for (const [result, message] of results) {
      const f = jit((() => result) as TracedFunction, { feeds: {}, engine });
      await expect(f({})).rejects.toThrow(message);
      f.dispose();
    }
  },
);
