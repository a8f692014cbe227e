/** Functions at zeros of both signs, infinities and NaN give what they give eagerly, signs of zeros included. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type TracedFunction } from "../src/index.ts";
import { functionsOfOne } from "./support/samples.ts";

const ofOne: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  ...functionsOfOne,
  clip: (x) => tf.clipByValue(x, 0, 2),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  step: (x) => tf.step(x),
  stepFromHalf: (x) => tf.step(x, 0.5),
  stepOfRelu: (x) => tf.step(tf.relu(x)),
};

const ofTwo: Readonly<Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor>> = {
  ...{ add: tf.add, sub: tf.sub, mul: tf.mul, div: tf.div, divNoNan: tf.divNoNan, mod: tf.mod },
  ...{ pow: tf.pow, atan2: tf.atan2, maximum: tf.maximum, minimum: tf.minimum, prelu: tf.prelu },
  ...{ squaredDifference: tf.squaredDifference, floorDiv: tf.floorDiv },
  ...{ equal: tf.equal, notEqual: tf.notEqual, less: tf.less, lessEqual: tf.lessEqual },
  ...{ greater: tf.greater, greaterEqual: tf.greaterEqual },
  where: (a, b) => tf.where(tf.less(a, b), a, b),
};

const numbers = [NaN, 0, -0, Infinity, -Infinity, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, -7];
/** Those that are known when a function is compiled. */
const known = numbers.slice(0, 9);

const text = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));

const one: TracedFunction = ({ a }) =>
  Object.fromEntries(Object.entries(ofOne).map(([name, f]) => [name, f(a)]));

const pairs: TracedFunction = ({ a, b }) =>
  Object.fromEntries(Object.entries(ofTwo).map(([name, f]) => [name, f(a, b)]));

const withConstants: TracedFunction = ({ a }) =>
  Object.fromEntries(
    Object.entries(ofTwo).flatMap(([name, f]) =>
      known.flatMap((c) => [
        [`${name} with ${text(c)} behind`, f(a, tf.scalar(c))],
        [`${name} with ${text(c)} before`, f(tf.scalar(c), a)],
      ]),
    ),
  );

/** Whose first digits cancel where they are made of exp and log. */
const nearZero: TracedFunction = ({ a }) => ({ expm1: tf.expm1(a), log1p: tf.log1p(a) });

const each = Float32Array.from(numbers);
const cases: readonly { fn: TracedFunction; inputs: Record<string, Float32Array> }[] = [
  { fn: one, inputs: { a: each } },
  { fn: withConstants, inputs: { a: each } },
  { fn: nearZero, inputs: { a: Float32Array.of(1e-2, -1e-3, 1e-5, -1e-8, 1e-20) } },
  {
    fn: pairs,
    inputs: {
      a: Float32Array.from(numbers.flatMap((a) => numbers.map(() => a))),
      b: Float32Array.from(numbers.flatMap(() => numbers)),
    },
  },
];

/** The same number but for rounding, the same zero. */
function isSame(actual: number, expected: number): boolean {
  if (expected === 0 || !Number.isFinite(expected)) return Object.is(actual, expected);
  return Math.abs(actual - expected) <= 1e-6 * Math.abs(expected);
}

test.each(["native", "wasm", "portable"] as const)(
  "special values on %s are what they are eagerly",
  async (engine) => {
    const wrong: string[] = [];
    for (const { fn, inputs } of cases) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { length }]) => [name, { shape: [length] }]),
      );
      const [eager, compiled] = (["eager", engine] as const).map((name) =>
        jit(fn, { feeds, engine: name }),
      );
      const [expected, actual] = [await eager(inputs), await compiled(inputs)];
      for (const [name, { data }] of Object.entries(expected)) {
        data.forEach((value, i) => {
          const got = actual[name].data[i];
          const at = Object.values(inputs).map((x) => text(x[i]));
          if (!isSame(got, value))
            wrong.push(`${name}(${at.join()}): ${text(got)}, not ${text(value)}`);
        });
      }
      eager.dispose();
      compiled.dispose();
    }
    expect(wrong).toEqual([]);
  },
);
