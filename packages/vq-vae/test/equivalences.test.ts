/** Quantizers that must agree with one another: limits, special cases, and what a rotation or a zero code must not change. */
import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { nearestCode } from "../src/index.ts";
import { contextFor, make } from "./support/tensors.ts";

const book = { kind: "vector", codebookSize: 8, codeDim: 3 } as const;

test("rotating vectors and codes together changes no index", () => {
  const z = normals<tf.Rank.R2>(new Random(1), [300, 3]);
  const codes = normals<tf.Rank.R2>(new Random(2), [20, 3]);
  const [a, b] = [0.7, 1.9];
  const turn = (angle: number, [i, j, k]: readonly number[]): tf.Tensor2D => {
    const matrix = [0, 0, 0].map(() => [0, 0, 0]);
    matrix[k][k] = 1;
    [matrix[i][i], matrix[j][j]] = [Math.cos(angle), Math.cos(angle)];
    [matrix[i][j], matrix[j][i]] = [Math.sin(angle), -Math.sin(angle)];
    return tf.tensor2d(matrix);
  };
  const rotation = tf.matMul(turn(a, [0, 1, 2]), turn(b, [1, 2, 0]));
  const turned = nearestCode(tf.matMul(z, rotation), tf.matMul(codes, rotation));
  expect(turned.dataSync()).toEqual(nearestCode(z, codes).dataSync());
});

test("the nearest code by angle is the nearest by distance of vectors and codes of length 1", () => {
  const quantizer = make({ ...book, distance: "cosine" });
  const z = normals(new Random(1), [10, 6, 3]);
  quantizer.initialize?.(z.dataSync() as Float32Array, new Random(1));
  const { indices } = quantizer.quantize(z, contextFor(quantizer, z));
  const unit = (x: tf.Tensor): tf.Tensor2D =>
    tf.reshape<tf.Rank.R2>(tf.div(x, tf.norm(x, 2, -1, true)), [-1, 3]);
  const codes = quantizer.lookup(tf.range(0, 8, 1, "int32"));
  expect(indices.dataSync()).toEqual(nearestCode(unit(z), unit(codes)).dataSync());
});

test("a residual quantizer of one depth is its part", () => {
  const alone = make(book);
  const quantizer = make({ kind: "residual", parts: [alone] });
  const z = normals(new Random(1), [4, 5, 3]);
  const own = alone.quantize(z, contextFor(alone, z));
  const { rows, indices, losses } = quantizer.quantize(z, contextFor(quantizer, z));
  expect(indices.shape).toEqual([4, 5]);
  expect(indices.dataSync()).toEqual(own.indices.dataSync());
  expect(rows.dataSync()).toEqual(own.rows.dataSync());
  expect((losses["commitment"] as tf.Tensor).dataSync()).toEqual(
    (own.losses["commitment"] as tf.Tensor).dataSync(),
  );
});

test("where every codebook has a code of zeros, no depth of a residual quantizer makes the error larger", () => {
  const parts = [1, 2, 3, 4].map((seed) => make(book, seed));
  for (const [l, part] of parts.entries()) {
    const codes = normals<tf.Rank.R2>(new Random(10 + l), [7, 3]);
    (part.state?.["codes"] as tf.Variable).assign(tf.concat([tf.zeros([1, 3]), codes]));
  }
  const quantizer = make({ kind: "residual", parts });
  const z = normals(new Random(1), [20, 5, 3]);
  const { indices } = quantizer.quantize(z, contextFor(quantizer, z));
  const errors = [1, 2, 3, 4].map((depth) => {
    const prefix = tf.slice(indices, [0, 0, 0], [20, 5, depth]);
    return tf.sum(tf.squaredDifference(quantizer.lookup(prefix), z), -1).dataSync();
  });
  const first = tf.sum(tf.mul(z, z), -1).dataSync();
  [first, ...errors].slice(1).forEach((error, depth) => {
    const before = [first, ...errors][depth];
    expect(error.every((value, i) => value <= before[i] + 1e-5)).toBe(true);
  });
});

test("relaxed Gumbel draws of a low temperature are hard ones", () => {
  const quantizer = make({ kind: "gumbel", hard: false, codebookSize: 6, codeDim: 3 });
  const z = normals(new Random(1), [8, 5, 3]);
  const draw = (training: boolean, temperature: number): ArrayLike<number> => {
    const context = contextFor(quantizer, z, { training, scalars: { temperature } });
    return (quantizer.draw?.(quantizer.quantize(z, context), context) as tf.Tensor).dataSync();
  };
  const hard = draw(false, 1); // of the same noise
  expectClose(draw(true, 1e-4), hard, { atol: 1e-3 });
  const soft = Array.from(draw(true, 1), (value, i) => Math.abs(value - hard[i]));
  expect(Math.max(...soft)).toBeGreaterThan(0.1);
});

test("codes drawn at a low temperature are the nearest ones", () => {
  const quantizer = make({ ...book, temperature: 0.5 });
  const z = normals(new Random(1), [8, 5, 3]);
  const chosen = (training: boolean, temperature: number): ArrayLike<number> =>
    quantizer
      .quantize(z, contextFor(quantizer, z, { training, scalars: { temperature } }))
      .indices.dataSync();
  expect(chosen(true, 1e-7)).toEqual(chosen(false, 0.5));
  expect(chosen(true, 5)).not.toEqual(chosen(false, 0.5));
});
