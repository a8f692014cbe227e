import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { plan } from "../src/plan/plan.ts";
import { simplify } from "../src/rewrite/simplify.ts";
import { trace } from "../src/trace/trace.ts";
import type { TracedFunction } from "../src/types.ts";

/** Multiples of 1/4, so that sums are exact and ties are ties. */
function array(length: number, seed: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * seed) % 13) / 4 - 1.5);
}

const functions: [string, TracedFunction][] = [
  [
    "squares less products",
    ({ z, e }) => ({
      y: tf.argMin(tf.sub(tf.sum(tf.square(e), 1), tf.mul(2, tf.matMul(z, e, false, true))), 1),
    }),
  ],
  ["products less a row", ({ z, e }) => ({ y: tf.argMax(tf.sub(tf.matMul(z, e, false, true), tf.sum(e, 1)), 1) })], // prettier-ignore
  ["negated products", ({ z, e }) => ({ y: tf.argMin(tf.neg(tf.matMul(z, e, false, true)), 1) })],
  ["products alone", ({ z, e }) => ({ y: tf.argMax(tf.matMul(e, z, false, true), 1) })],
];

// Around the edges of tiles, and one code, one dimension, one row.
const sizes = [
  [1, 1, 1],
  [5, 3, 2],
  [17, 16, 33],
  [64, 65, 8],
  [130, 31, 1],
];

test.each(functions)("the index of the best of %s is found without the matrix", async (_, fn) => {
  for (const [tokens, codes, size] of sizes) {
    const feeds = { z: { shape: [tokens, size] }, e: { shape: [codes, size] } };
    const values = { z: array(tokens * size, 7), e: array(codes * size, 5) };
    const eager = jit(fn, { feeds, engine: "eager" });
    const expected = (await eager(values)).y.data;
    for (const engine of ["native", "wasm"] as const) {
      const f = jit(fn, { feeds, engine });
      expect((await f(values)).y.data, `${engine} ${tokens} ${codes} ${size}`).toEqual(expected);
      f.dispose();
    }
  }
  const types = (["z", "e"] as const).map((name) => ({
    name,
    shape: [40, 8],
    dtype: "float32" as const,
  }));
  const graph = simplify(trace({ fn, feeds: types, state: [] }), { convolutions: "keep" });
  expect(plan(graph).steps.some(({ kernel }) => kernel.startsWith("gemmArg"))).toBe(true);
});
