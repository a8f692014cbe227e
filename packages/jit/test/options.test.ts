import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type FeedValue, type JitOptions } from "../src/index.ts";

const fn = ({ x }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => ({ y: tf.mul(x, 2) });
const feeds = { x: { shape: [null, 2] } };

const refusedOptions: [string, JitOptions, RegExp][] = [
  ["an unknown engine", { feeds, engine: "gpu" as "wasm" }, /engine must be one of .*"gpu"/],
  ["no threads", { feeds, threads: 0 }, /threads must be .* got 0/],
  [
    "a tensor as state",
    { feeds, state: [tf.scalar(1) as tf.Variable] },
    /state\[0\] must be a tf.Variable/,
  ],
  ["a batch that is not first", { feeds: { x: { shape: [2, null] } } }, /\[2, null\]/],
  ["a negative dimension", { feeds: { x: { shape: [-1] } } }, /got \[-1\]/],
  ["an unknown type", { feeds: { x: { shape: [], dtype: "int8" as "int32" } } }, /"int8"/],
];

test.each(refusedOptions)("%s is refused before anything is traced", (_, options, message) => {
  expect(() => jit(fn, options)).toThrow(message);
});

const refusedFeeds: [string, Record<string, FeedValue>, RegExp][] = [
  ["a missing feed", {}, /got none for "x"/],
  ["an unknown feed", { x: new Float32Array(2), z: 1 }, /got "z"/],
  ["a wrong length", { x: new Float32Array(3) }, /multiple of 2 values, got 3/],
  ["a wrong type", { x: new Int32Array(2) }, /must be a Float32Array, got Int32Array/],
  ["a wrong shape", { x: { data: new Float32Array(4), shape: [4] } }, /\[batch, 2\], got \[4\]/],
  [
    "data that does not fill its shape",
    { x: { data: new Float32Array(2), shape: [2, 2] } },
    /4 values, got 2/,
  ],
  ["a number for an array", { x: 1 }, /got a number/],
];

test.each(refusedFeeds)("%s is refused in one sentence", async (_, values, message) => {
  const double = jit(fn, { feeds });
  await expect(double(values)).rejects.toThrow(message);
  double.dispose();
});

test("feeds whose batches differ are refused", async () => {
  const add = jit(({ x, z }) => ({ y: tf.add(x, z) }), {
    feeds: { x: { shape: [null, 2] }, z: { shape: [null, 2] } },
  });
  await expect(add({ x: new Float32Array(2), z: new Float32Array(4) })).rejects.toThrow(
    /same batch size \(1\), got 2 for "z"/,
  );
  add.dispose();
});

test("an unknown output is refused by name", async () => {
  const double = jit(fn, { feeds });
  await expect(double({ x: new Float32Array(2) }, { outputs: ["z"] })).rejects.toThrow(
    /one of y, got "z"/,
  );
  double.dispose();
});

test.each([
  [{ outputs: "y" }, 'jit: outputs must be a list of names, got "y"'],
  [{ outputs: [0] }, "jit: outputs must be a list of names, got [0]"],
  [{ output: ["y"] }, 'jit: options must be among outputs, into, got "output"'],
  [{ into: 3 }, "jit: into must be an object of arrays by output, got 3"],
  [null, "jit: options must be an object, got null"],
])("a call with options %j is refused in a sentence", async (options, sentence) => {
  const double = jit(fn, { feeds });
  await expect(double({ x: new Float32Array(2) }, options as never)).rejects.toThrow(sentence);
  double.dispose();
});

test("use after dispose is refused", async () => {
  const double = jit(fn, { feeds });
  double.dispose();
  await expect(double({ x: new Float32Array(2) })).rejects.toThrow(/after dispose/);
  await expect(double.pull()).rejects.toThrow(/after dispose/);
});

test("one compiled function serves every batch size, and its report says what runs it", async () => {
  const double = jit(fn, { feeds, threads: 1 });
  expect(double.report).toBeUndefined();
  for (const n of [1, 3, 2, 5, 4, 9, 8, 7, 6, 10, 1]) {
    const { y } = await double({ x: new Float32Array(2 * n).fill(n) });
    expect(y.shape).toEqual([n, 2]);
    expect(y.data[2 * n - 1]).toBe(2 * n);
  }
  expect(double.report?.engine).toBe("native");
  double.dispose();
});

test("a large captured constant is named", async () => {
  const table = tf.add(tf.zeros([600, 600]), tf.range(0, 600));
  const messages: string[] = [];
  const use = jit(({ x }) => ({ y: tf.add(x, tf.sum(table)) }), {
    feeds: { x: { shape: [] } },
    onMessage: (message) => messages.push(message),
  });
  await use({ x: 1 });
  expect(messages.join()).toMatch(/shape \[600, 600\] .*1\.4 MiB/);
  use.dispose();
  table.dispose();
});

test("calls made together run in the order of the calls", async () => {
  const w = tf.variable(tf.scalar(0));
  const step = jit(
    ({ x }) => {
      w.assign(tf.add(tf.mul(w, 10), x));
      return { w: tf.add(tf.mul(w, 1), 0) };
    },
    { feeds: { x: { shape: [] } }, state: [w] },
  );
  const results = await Promise.all([1, 2, 3].map((x) => step({ x })));
  expect(results.map(({ w }) => w.data[0])).toEqual([1, 12, 123]);
  step.dispose();
  w.dispose();
});
