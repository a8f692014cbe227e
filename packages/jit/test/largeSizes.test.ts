/** Plans of arrays near and past what 32 bits count; nothing of that size is allocated. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { plan, type Plan } from "../src/plan/plan.ts";
import { simplify } from "../src/rewrite/simplify.ts";
import { webAssemblyHost } from "../src/runtime/kernelHosts.ts";
import { trace } from "../src/trace/trace.ts";
import type { TracedFunction } from "../src/types.ts";
import { drawing } from "./support/randomGraphs.ts";

const gibibyte = 2 ** 30;

function planOf(fn: TracedFunction, shapes: Readonly<Record<string, readonly number[]>>): Plan {
  const feeds = Object.entries(shapes).map(([name, shape]) => ({
    name,
    shape,
    dtype: "float32" as const,
  }));
  return plan(simplify(trace({ fn, feeds, state: [] }), { convolutions: "keep" }));
}

/** One function per family of kernels, of a matrix. */
const functions: readonly [string, TracedFunction][] = [
  ["chain", ({ x }) => ({ y: tf.exp(tf.add(x, 1)) })],
  ["chain stored twice", ({ x }) => ({ y: tf.cumsum(tf.tanh(x), 1), z: tf.tanh(x) })],
  ["reduction", ({ x }) => ({ y: tf.sum(tf.square(x), 0) })],
  ["transpose", ({ x }) => ({ y: tf.add(tf.transpose(x), 1) })],
  ["concatenation", ({ x }) => ({ y: tf.concat([x, tf.exp(x)], 0) })],
  ["product", ({ x }) => ({ y: tf.relu(tf.matMul(x, x, true, false)) })],
  ["outer sum", ({ x }) => ({ y: tf.argMax(tf.add(x, tf.sum(x, 1, true)), 1) })],
  ["softmax", ({ x }) => ({ y: tf.softmax(x) })],
  ["gather", ({ x }) => ({ y: tf.gather(x, tf.tensor1d([0, 0], "int32")) })],
];

await tf.ready();

test("plans of hostile shapes are right about their memory, or are refused in a sentence", () => {
  const draw = drawing(11);
  let refused = 0;
  let large = 0;
  for (let i = 0; i < 120; i++) {
    const rows = 2 ** draw(31) + draw(3) - 1;
    const columns = Math.max(0, 2 ** draw(20) + draw(3) - 1);
    const [name, fn] = functions[i % functions.length];
    try {
      const made = planOf(fn, { x: [rows, columns] });
      const needed = made.feeds.reduce((sum, { bytes }) => Math.max(sum, bytes), 0);
      expect(made.arenaBytes, name).toBeGreaterThanOrEqual(needed + 4 * rows * columns);
      if (made.arenaBytes > 2 * gibibyte) large++;
    } catch (error) {
      expect((error as Error).message, `${name} ${rows} ${columns}`).toMatch(
        /^jit: arrays must have fewer than 2\^31 elements, got \w+ \[[\d, ]+\]; use a smaller batch$/,
      );
      refused++;
    }
  }
  expect(large).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(20);
});

test("arrays of 2^31 - 1 elements have a plan, of 2^31 none", () => {
  const chain = functions[0][1];
  expect(planOf(chain, { x: [2 ** 31 - 1] }).arenaBytes).toBeGreaterThanOrEqual(2 ** 33 - 4);
  expect(() => planOf(chain, { x: [2 ** 31] })).toThrow("fewer than 2^31 elements, got feed");
});

test("what WebAssembly cannot address is refused before it is allocated", async () => {
  const { memory } = await webAssemblyHost();
  const size = (): number => memory.allocate(1).bytes().buffer.byteLength;
  // 1.6 GB each, two of which are alive at the same time besides the third.
  const f = jit(
    ({ x }) => {
      const grown = tf.add(tf.expandDims(x, 1), tf.expandDims(x, 0));
      return { y: tf.sum(tf.cumsum(tf.mul(tf.cumsum(tf.exp(grown), 1), grown), 0)) };
    },
    { feeds: { x: { shape: [20_000] } }, engine: "wasm" },
  );
  const before = size();
  await expect(f({ x: new Float32Array(20_000) })).rejects.toThrow(
    /^jit: a program on wasm must take at most 4\.0 GiB, got \d\.\d GiB; use a smaller batch, or the native engine$/,
  );
  expect(size()).toBe(before);
  f.dispose();
});
