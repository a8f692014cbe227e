/**
 * Functions of int32 at integers beyond 2^24 and at both ends of the type give what they give eagerly.
 *
 * Two differences are meant, and are compared with exact integers here: results beyond 2^53 are exact modulo 2^32, where
 * TF.js rounds them to float64 before; and `abs` and `square` are exact, which TF.js computes in float32.
 */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type TracedFunction, type TypedArray } from "../src/index.ts";

const least = -(2 ** 31);
const numbers = [
  ...[0, 1, -1, 2, -2, 7, 2 ** 24, 2 ** 24 - 1, 2 ** 24 + 1, -(2 ** 24), 1 - 2 ** 24],
  ...[-(2 ** 24) - 1, 2 ** 30, -(2 ** 30), 2 ** 31 - 1, least],
];

const ofTwo: Readonly<Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  ...{ add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, floorDiv: tf.floorDiv, mod: tf.mod },
  ...{ pow: tf.pow, maximum: tf.maximum, minimum: tf.minimum },
  ...{ squaredDifference: tf.squaredDifference, divNoNan: tf.divNoNan },
  ...{ equal: tf.equal, notEqual: tf.notEqual, less: tf.less, lessEqual: tf.lessEqual },
  ...{ greater: tf.greater, greaterEqual: tf.greaterEqual },
  where: (a, b) => tf.where(tf.less(a, b), a, b),
  addN: (a, b) => tf.addN([a, b, a]),
};

const ofOne: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  ...{ abs: tf.abs, neg: tf.neg, relu: tf.relu, sign: tf.sign, square: tf.square },
  clip: (x) => tf.clipByValue(x, -(2 ** 24) - 1, 2 ** 30),
  clipAbove: (x) => tf.clipByValue(x, -Infinity, 7),
  clipBelow: (x) => tf.clipByValue(x, 2.5, Infinity),
  toFloat: (x) => tf.cast(x, "float32"),
  toBool: (x) => tf.cast(x, "bool"),
  step: (x) => tf.step(x, 3),
  sum: (x) => tf.sum(x),
  max: (x) => tf.max(x),
  min: (x) => tf.min(x),
  mean: (x) => tf.mean(x),
  any: (x) => tf.any(tf.cast(x, "bool")),
  cumsum: (x) => tf.cumsum(x, 0),
  cumsumBefore: (x) => tf.cumsum(x, 0, true, true),
  argMax: (x) => tf.argMax(x),
  argMin: (x) => tf.argMin(x),
  argMaxOfColumns: (x) => tf.argMax(tf.reshape(x, [4, -1]), 0),
  topValues: (x) => tf.topk(x, 5).values,
  topIndices: (x) => tf.topk(x, 5).indices,
  reverse: (x) => tf.reverse(x),
  gather: (x) => tf.gather(x, tf.tensor1d([15, 0, 8], "int32")),
  gatherByQuotient: (x) => tf.gather(x, tf.abs(tf.floorDiv(x, tf.scalar(2 ** 29, "int32")))),
};

/** Products fit in 2^53. */
const small: TracedFunction = ({ a }) => ({ prod: tf.prod(a) });

const fromFloat: TracedFunction = ({ a, b }) => ({
  cast: tf.cast(a, "int32"),
  floorDiv: tf.floorDiv(a, b),
  ...Object.fromEntries(
    [0, 0.25, 2].flatMap((alpha) => [
      [`step ${alpha}`, tf.step(a, alpha)],
      [`step ${alpha} of relu`, tf.step(tf.relu(a), alpha)],
    ]),
  ),
});

/** Modulo 2^32, by integers of any length. */
const wrap = (x: bigint): number => Number(BigInt.asIntN(32, x));
const exact: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  abs: (a) => (a < 0n ? -a : a),
  square: (a) => a * a,
  mul: (a, b) => a * b,
  squaredDifference: (a, b) => (a - b) * (a - b),
};

/** `a` to the power `b` modulo 2^32; of negative powers only 1 and -1 are whole. */
function power(a: bigint, b: bigint): number {
  if (b < 0n) return a === 1n ? 1 : a === -1n ? (b % 2n === 0n ? 1 : -1) : 0;
  let [result, base] = [1n, a];
  for (let left = b; left > 0n; left >>= 1n, base = BigInt.asIntN(32, base * base)) {
    if (left & 1n) result = BigInt.asIntN(32, result * base);
  }
  return Number(result);
}

/** What is meant where it is not what TF.js gives. */
function meant(name: string, at: readonly number[], eager: number): number {
  const [a, b] = at;
  if (name === "pow" && Math.abs(a ** b) > 2 ** 53) return power(BigInt(a), BigInt(b));
  const f = Object.hasOwn(exact, name) ? exact[name] : undefined;
  return f ? wrap(f(BigInt(a), BigInt(b ?? 0))) : eager;
}

const applied =
  (functions: Readonly<Record<string, (...x: tf.Tensor[]) => tf.Tensor>>): TracedFunction =>
  ({ a, b }) =>
    Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, b ? f(a, b) : f(a)]));

const floats = [NaN, 0, -0, Infinity, -Infinity, 0.5, -0.5, 1.9, -1.9, 7, -2, 1e-30, 2 ** 31];
floats.push(-(2 ** 31), 2 ** 32, 3e9, -3e9, 2 ** 32 + 2 ** 10, 1e20, -1e20, 3e38, 16777215);

const pairsOf = (all: readonly number[]): { a: number[]; b: number[] } => ({
  a: all.flatMap((a) => all.map(() => a)),
  b: all.flatMap(() => all),
});
const ints = pairsOf(numbers);
const cases: readonly { fn: TracedFunction; inputs: Record<string, TypedArray> }[] = [
  { fn: applied(ofOne), inputs: { a: Int32Array.from(numbers) } },
  { fn: applied(ofTwo), inputs: { a: Int32Array.from(ints.a), b: Int32Array.from(ints.b) } },
  { fn: small, inputs: { a: Int32Array.of(3, -7, 16777217, 1001) } },
  {
    fn: fromFloat,
    inputs: {
      a: Float32Array.from(pairsOf(floats).a),
      b: Float32Array.from(pairsOf(floats).b),
    },
  },
];

/** Those that ONNX has otherwise. */
const quotients: TracedFunction = ({ a, b }) => ({
  ...{ div: tf.div(a, b), floorDiv: tf.floorDiv(a, b), mod: tf.mod(a, b) },
});

test.each(["native", "wasm", "portable", "onnx"] as const)(
  "int32 on %s is what it is eagerly",
  async (engine) => {
    const wrong: string[] = [];
    const chosen = engine === "onnx" ? [{ ...cases[1], fn: quotients }] : cases;
    for (const { fn, inputs } of chosen) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, data]) => [
          name,
          {
            shape: [data.length],
            dtype: data instanceof Int32Array ? "int32" : "float32",
          } as const,
        ]),
      );
      const [eager, compiled] = (["eager", engine] as const).map((name) =>
        jit(fn, { feeds, engine: name }),
      );
      const [expected, actual] = [await eager(inputs), await compiled(inputs)];
      for (const [name, { data }] of Object.entries(expected)) {
        data.forEach((value, i) => {
          const at = Object.values(inputs).map((x) => x[i]);
          const [got, want] = [actual[name].data[i], meant(name, at, value)];
          // The mean is summed in float32, in another order.
          if (name === "mean" && Math.abs(got - want) < 1e-7 * 2 ** 31) return;
          if (!Object.is(got, want)) wrong.push(`${name}(${at.join()}): ${got}, not ${want}`);
        });
      }
      eager.dispose();
      compiled.dispose();
    }
    expect(wrong).toEqual([]);
  },
);
