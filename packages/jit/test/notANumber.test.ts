/** NaN and infinities go through functions of one number as they do eagerly: what diverged must not look finite. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type TracedFunction } from "../src/index.ts";
import { functionsOfOne } from "./support/samples.ts";

const functions: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  ...functionsOfOne,
  clip: (x) => tf.clipByValue(x, -5, 5),
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  maximum: (x) => tf.maximum(x, 0),
  minimum: (x) => tf.minimum(0.5, x),
  most: (x) => tf.max(tf.reshape(x, [-1, 4]), 1),
  least: (x) => tf.min(tf.reshape(x, [-1, 4]), 1),
  sum: (x) => tf.sum(tf.reshape(x, [-1, 4]), 1),
  softmax: (x) => tf.softmax(tf.reshape(x, [-1, 4])),
  maxPool: (x) => tf.maxPool(tf.reshape<tf.Rank.R4>(x, [1, 4, 5, 1]), 2, 1, "valid"),
  product: (x) => tf.matMul(tf.reshape(x, [-1, 4]), tf.reshape(x, [4, -1])),
};

const fn: TracedFunction = ({ x }) =>
  Object.fromEntries(Object.entries(functions).map(([name, f]) => [name, f(x)]));

// Twenty: whole vectors of every width and what is left of one.
const numbers = [NaN, 1, 2, -1, Infinity, 0.5, -0.5, 3, -Infinity, 0, -3, 2, 1, NaN, Infinity, -1, 0.25, 0.75, NaN, -2]; // prettier-ignore

/** What of a number is compared: where it is none, or none that is finite. */
const kind = (value: number): string => (Number.isFinite(value) ? "finite" : String(value));

test.each(["native", "wasm", "portable"] as const)(
  "NaN and infinities on %s are where they are eagerly",
  async (engine) => {
    const x = Float32Array.from(numbers);
    const feeds = { x: { shape: [x.length] } };
    const [eager, compiled] = (["eager", engine] as const).map((name) =>
      jit(fn, { feeds, engine: name }),
    );
    const [expected, actual] = [await eager({ x }), await compiled({ x })];
    for (const [name, { data }] of Object.entries(expected)) {
      expect(Array.from(actual[name].data, kind), name).toEqual(Array.from(data, kind));
    }
    eager.dispose();
    compiled.dispose();
  },
);
