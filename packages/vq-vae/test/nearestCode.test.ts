import { Random } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { finiteTokens, nearestCode } from "../src/quantizers/nearestCode.ts";

function normals(count: number, seed: number): Float32Array {
  const out = new Float32Array(count);
  new Random(seed).fillNormalInto(out);
  return out;
}

/** Nearest code by plain squared distances in double precision. */
function bruteForce(z: Float32Array, codes: Float32Array, D: number): number[] {
  return Array.from({ length: z.length / D }, (_, n) => {
    let best = 0;
    let bestDistance = Infinity;
    for (let k = 0; k < codes.length / D; k++) {
      let distance = 0;
      for (let d = 0; d < D; d++) distance += (z[n * D + d] - codes[k * D + d]) ** 2;
      if (distance < bestDistance) [best, bestDistance] = [k, distance];
    }
    return best;
  });
}

function nearest(z: Float32Array, codes: Float32Array, D: number): number[] {
  const indices = nearestCode(
    tf.tensor2d(z, [z.length / D, D]),
    tf.tensor2d(codes, [codes.length / D, D]),
  );
  return [...indices.dataSync()];
}

test("the nearest code agrees with distances in double precision", () => {
  const z = normals(500 * 8, 1);
  const codes = normals(64 * 8, 2);
  expect(nearest(z, codes, 8)).toEqual(bruteForce(z, codes, 8));
});

// Values on a grid of 1/32 stay exact in float32 after every shift, so the right answer does not move.
test.each([0, 100, 1000, 10_000])("a shift of %d does not change the nearest code", (shift) => {
  const onGrid = (values: Float32Array): Float32Array =>
    values.map((v) => Math.round(v * 32) / 32 + shift);
  const z = onGrid(normals(1000 * 4, 3));
  const codes = onGrid(normals(128 * 4, 4));
  const distance = (n: number, k: number): number => {
    let sum = 0;
    for (let d = 0; d < 4; d++) sum += (z[n * 4 + d] - codes[k * 4 + d]) ** 2;
    return sum;
  };
  const expected = bruteForce(z, codes, 4);
  const wrong = nearest(z, codes, 4).filter(
    (k, n) => distance(n, k) > distance(n, expected[n]) + 1e-4,
  );
  expect(wrong).toEqual([]);
});

test("codes themselves are quantized to themselves", () => {
  const codes = normals(100 * 6, 5);
  expect(nearest(codes, codes, 6)).toEqual(Array.from({ length: 100 }, (_, k) => k));
});

test("permuting the codes permutes the indices", () => {
  const z = normals(200 * 3, 6);
  const codes = normals(16 * 3, 7);
  const order = new Random(8).permutation(16);
  const permuted = Float32Array.from(
    { length: 48 },
    (_, i) => codes[order[Math.floor(i / 3)] * 3 + (i % 3)],
  );
  const indices = nearest(z, permuted, 3).map((k) => order[k]);
  expect(indices).toEqual(nearest(z, codes, 3));
});

test("codes -1 and 1 serve 0.3 by the code 1 and the tie at 0 by the lowest index", () => {
  expect(nearest(Float32Array.of(0.3, -0.3, 0), Float32Array.of(-1, 1), 1)).toEqual([1, 0, 0]);
});

test("a single code serves everything", () => {
  expect(nearest(normals(10, 9), Float32Array.of(5), 1)).toEqual(new Array(10).fill(0));
});

test("tokens with NaN or infinity are told apart from finite ones", () => {
  const z = tf.tensor2d([1, 2, NaN, 0, Infinity, 1, 1, -Infinity, 3, 4], [5, 2]);
  expect([...finiteTokens(z).dataSync()]).toEqual([1, 0, 0, 0, 1]);
});
