/** What comes back: of the type that it was declared with, the caller's own, and right whatever else it is in the program. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type JitOptions, type NdArray, type TracedFunction } from "../src/index.ts";
import { expectAgreement } from "./support/agree.ts";
import { drawing } from "./support/randomGraphs.ts";

const engines = ["native", "wasm", "portable", "onnx", "eager"] as const;

/** Above 64 kB the native engine has the kernels write where the caller will have the result. */
const large = [130, 129];
/** The same for booleans, which take a byte each. */
const manyBooleans = [262, 261];

/** Small multiples of 1/8, which sums of a few keep exact. */
function floats(shape: readonly number[], seed: number): NdArray {
  const draw = drawing(seed);
  const length = shape.reduce((a, b) => a * b, 1);
  return { data: Float32Array.from({ length }, () => (draw(33) - 16) / 8), shape };
}

const integers = (shape: readonly number[], seed: number): NdArray => ({
  data: Int32Array.from(floats(shape, seed).data, (value) => 8 * value),
  shape,
});

const booleans = (shape: readonly number[], seed: number): NdArray => ({
  data: Uint8Array.from(floats(shape, seed).data, (value) => Number(value > 0)),
  shape,
});

test.each(engines)(
  "results on %s have the arrays of their types and are the caller's own, to write into and to keep",
  async (engine) => {
    const shape = [3, 2];
    const w = tf.variable(tf.tensor(floats(shape, 1).data, shape));
    const step = jit(
      ({ x, n, b }) => {
        const old = tf.mul(w, 1);
        w.assign(tf.add(w, x));
        return { x, again: x, w, old, flat: tf.reshape(w, [-1]), n, b, ofInteger: tf.cast(n, "float32"), ofBoolean: tf.cast(b, "float32"), asInteger: tf.cast(b, "int32") }; // prettier-ignore
      },
      {
        feeds: { x: { shape }, n: { shape, dtype: "int32" }, b: { shape, dtype: "bool" } },
        state: [w],
        engine,
        threads: 1,
      },
    );
    const feeds = { x: floats(shape, 2), n: integers(shape, 3), b: booleans(shape, 4) };
    const given = structuredClone(feeds);
    const first = await step(feeds);
    const kinds = Object.entries(first).map(([name, { data }]) => [name, data.constructor.name]);
    expect(Object.fromEntries(kinds)).toEqual({
      ...{ x: "Float32Array", again: "Float32Array", w: "Float32Array", old: "Float32Array" },
      ...{ flat: "Float32Array", n: "Int32Array", b: "Uint8Array" },
      ...{ ofInteger: "Float32Array", ofBoolean: "Float32Array", asInteger: "Int32Array" },
    });
    expect(Array.from(first.ofInteger.data)).toEqual(Array.from(feeds.n.data));
    const kept = structuredClone(first);
    for (const { data } of Object.values(await step(feeds))) data.fill(1);
    expect(first).toEqual(kept);
    expect(feeds).toEqual(given);
    const third = await step(feeds);
    expect(third.x.data).toEqual(feeds.x.data);
    expect(third.flat.data).toEqual(third.w.data);
    const two = floats(shape, 1).data.map((value, i) => value + 2 * feeds.x.data[i]);
    expect(third.old.data).toEqual(two);
    step.dispose();
    w.dispose();
  },
);

/** Results of more than 64 kB that are something else too. */
const others: [string, TracedFunction][] = [
  [
    "read later in the program",
    ({ x, y }) => {
      const a = tf.tanh(tf.add(x, y));
      const b = tf.cumsum(a, 1);
      return { a, b, c: tf.sum(tf.mul(b, a), 0), d: tf.matMul(a, b, true, false) };
    },
  ],
  [
    "under two names and in other shapes",
    ({ x, y }) => {
      const a = tf.mul(x, y);
      return { a, b: a, c: tf.reshape(a, [-1]), d: tf.transpose(a), e: tf.reshape(x, [-1]), x };
    },
  ],
  [
    "constants",
    ({ x }) => ({ a: tf.ones(large), b: tf.zerosLike(x), c: tf.tensor(floats(large, 5).data) }),
  ],
  [
    "rows of one another",
    ({ x, y }) => {
      const a = tf.concat([x, y], 0);
      return { a, b: tf.slice(a, [1, 0], [large[0], -1]), c: tf.gather(a, [0, 5, 5, 200]) };
    },
  ],
  [
    "products with what follows them",
    ({ x, y }) => {
      const product = tf.matMul(x, y, false, true);
      const active = tf.relu(product);
      return { product, active, norm: tf.softmax(active), mean: tf.mean(active, 1) };
    },
  ],
];

test.each(others.flatMap(([name, fn]) => (["native", "wasm"] as const).map((engine) => ({ name, fn, engine }))))(
  "large results are right on $engine when they are $name",
  async ({ fn, engine }) => {
    await expectAgreement(fn, { x: floats(large, 1), y: floats(large, 2) }, { engine, threads: 2 });
  },
); // prettier-ignore

test.each(["native", "wasm"] as const)(
  "large integers and booleans are right on %s, and read later",
  async (engine) => {
    const fn: TracedFunction = ({ n, m, b }) => {
      const sum = tf.add(n, m);
      const larger = tf.greater(sum, n);
      return { sum, larger, either: tf.logicalXor(larger, b), twice: larger, flat: tf.reshape(sum, [-1]), count: tf.sum(tf.cast(larger, "int32"), 0), total: tf.cumsum(sum, 1), n, b }; // prettier-ignore
    };
    const shape = manyBooleans;
    const inputs = { n: integers(shape, 1), m: integers(shape, 2), b: booleans(shape, 3) };
    await expectAgreement(fn, inputs, { engine, rtol: 0, atol: 0 });
  },
);

test.each(["native", "wasm"] as const)(
  "results of %s stay as they are while batches and outputs change from call to call",
  async (engine) => {
    const options = { feeds: { x: { shape: [null, 130] } }, threads: 2 };
    const results: Record<string, NdArray>[][] = [];
    for (const name of [engine, "eager"] as const) {
      const w = tf.variable(tf.tensor(floats([130, 130], 1).data, [130, 130]));
      const step = jit(
        ({ x }) => {
          const y = tf.relu(tf.matMul(x, w));
          w.assign(tf.sub(w, tf.mul(tf.matMul(x, y, true, false), 1e-4)));
          return { y, z: tf.add(y, x), w, rows: tf.sum(y, 1) };
        },
        { ...options, state: [w], engine: name } satisfies JitOptions,
      );
      const calls: Record<string, NdArray>[] = [];
      const clones: Record<string, NdArray>[] = [];
      for (const [batch, outputs] of [
        [140],
        [3, ["z"]],
        [0],
        [140, ["z", "y"]],
        [1],
        [150, []],
        [140, ["w"]],
        [140, ["y", "y"]],
      ] as [number, string[]?][]) {
        // prettier-ignore
        const result = await step({ x: floats([batch, 130], batch) }, outputs && { outputs });
        expect(Object.keys(result)).toEqual([...new Set(outputs ?? ["y", "z", "w", "rows"])]);
        calls.push(result);
        clones.push(structuredClone(result));
      }
      expect(calls).toEqual(clones);
      results.push(calls);
      step.dispose();
      w.dispose();
    }
    const [actual, expected] = results;
    actual.forEach((result, call) => {
      for (const [name, { data, shape }] of Object.entries(result)) {
        const wanted = expected[call][name];
        expect(shape, name).toEqual(wanted.shape);
        const scale = Math.max(1, ...wanted.data.slice(0, 1000));
        let worst = 0;
        data.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - wanted.data[i]))));
        expect(worst / scale, `${name} of call ${call}`).toBeLessThan(1e-4);
      }
    });
  },
);

/** Where vectors and tiles end. */
const lengths = [1, 3, 7, 8, 9, 15, 16, 17, 31, 33, 1023, 1025];
/** Products of two are finite, so that one rounding or two make no difference. */
const special = [NaN, Infinity, -Infinity, 0, -0, 1, -2, 1e18, -1e18, 0.25];

test.each(["native", "wasm", "portable"] as const)(
  "sums of products and quotients by roots meet NaN, infinities and zeros on %s as one by one",
  async (engine) => {
    const draw = drawing(9);
    const fn: TracedFunction = ({ a, b, c, d }) => ({
      weighted: tf.add(tf.mul(a, b), tf.mul(c, d)),
      overRoot: tf.div(tf.mul(a, b), tf.add(tf.sqrt(c), d)),
      plus: tf.add(tf.mul(a, b), c),
      minus: tf.sub(tf.mul(a, b), c),
      from: tf.sub(c, tf.mul(a, b)),
    });
    for (const length of lengths) {
      const column = (): NdArray => ({
        data: Float32Array.from({ length }, () => special[draw(special.length)]),
        shape: [length],
      });
      const inputs = { a: column(), b: column(), c: column(), d: column() };
      await expectAgreement(fn, inputs, { engine });
    }
  },
);
