import { Random, straightThrough } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expectGradient, normals } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { codebookLoss, commitmentLoss, nearestCode } from "../src/index.ts";

const B = 3;
const T = 4;
const D = 2;
const K = 5;

const z = normals(new Random(1), [B, T, D]);
const codes = normals<tf.Rank.R2>(new Random(2), [K, D]);
const weights = normals(new Random(3), [B, T, D]); // a loss that is linear in the output has these as its gradient

function assign(tokens: tf.Tensor, codebook: tf.Tensor2D): { indices: tf.Tensor; rows: tf.Tensor } {
  const indices = tf.reshape(
    nearestCode(tf.reshape(tokens, [-1, D]), codebook),
    tokens.shape.slice(0, -1),
  );
  return { indices, rows: tf.gather(codebook, indices) };
}

test("the straight-through value is the code row, bit for bit", () => {
  const { rows } = assign(z, codes);
  expect(straightThrough(z, rows).dataSync()).toEqual(rows.dataSync());
});

test("the gradient through the quantizer to the encoder is the downstream gradient, bit for bit", () => {
  const gradient = tf.grad((input) => {
    const { rows } = assign(input, codes);
    return tf.sum(tf.mul(weights, straightThrough(input, rows)));
  })(z);
  expect(gradient.dataSync()).toEqual(weights.dataSync());
});

test("reconstruction and commitment give the codes no gradient at all", () => {
  const book = tf.variable(codes);
  const { grads } = tf.variableGrads(() => {
    const { rows } = assign(z, book as tf.Tensor as tf.Tensor2D);
    const output = straightThrough(z, rows);
    const loss = tf.add(tf.sum(tf.mul(weights, output)), tf.sum(commitmentLoss(z, rows)));
    return tf.add<tf.Scalar>(loss, tf.mul(0, tf.sum(book))); // so that the tape reaches the variable
  }, [book]);
  expect([...grads[book.name].dataSync()]).toEqual(new Array(K * D).fill(0));
});

test("the commitment is the squared distance per example and its gradient is 2 (z - q)", () => {
  const { rows } = assign(z, codes);
  const distance = tf.sum(tf.squaredDifference(z, rows), [1, 2]);
  expectClose(commitmentLoss(z, rows).dataSync(), distance.dataSync());
  const scale = tf.tensor1d([1, 10, 100]); // tells examples apart
  const gradient = tf.grad((input) => tf.sum(tf.mul(scale, commitmentLoss(input, rows))))(z);
  const expected = tf.mul(tf.mul(2, tf.sub(z, rows)), tf.reshape(scale, [B, 1, 1]));
  expectClose(gradient.dataSync(), expected.dataSync());
});

test("the commitment's gradient equals finite differences with the codes held still", () => {
  const { rows } = assign(z, codes);
  expectGradient({ fn: (input) => commitmentLoss(input, rows), inputs: [z] });
});

test("the codebook loss equals finite differences in the codes with the tokens held still", () => {
  const { indices } = assign(z, codes);
  const loss = (book: tf.Tensor): tf.Tensor =>
    codebookLoss({ z, codes: book as tf.Tensor2D, indices });
  expectGradient({ fn: loss, inputs: [codes] });
});

test("the codebook gradient of a code is 2 sum (e - z) over its tokens and zero without tokens", () => {
  const indices = tf.tensor1d([0, 0, 2], "int32");
  const gradient = tf.grad((book) =>
    tf.sum(
      codebookLoss({ z: tf.tensor2d([1, 3, 10], [3, 1]), codes: book as tf.Tensor2D, indices }),
    ),
  )(tf.tensor2d([5, 7, 9], [3, 1]));
  expect([...gradient.dataSync()]).toEqual([2 * (5 - 1 + 5 - 3), 0, 2 * (9 - 10)]);
});

test("the codebook loss gives the tokens no gradient", () => {
  const { indices } = assign(z, codes);
  const gradient = tf.grad((input) =>
    tf.sum(tf.add(tf.mul(0, input), tf.sum(codebookLoss({ z: input, codes, indices })))),
  )(z);
  expect([...gradient.dataSync()]).toEqual(new Array(B * T * D).fill(0));
});

test("losses per example do not depend on the batch they come in", () => {
  const twice = tf.concat([z, z]);
  const { rows } = assign(z, codes);
  const { rows: rowsTwice } = assign(twice, codes);
  const once = [...commitmentLoss(z, rows).dataSync()];
  expect([...commitmentLoss(twice, rowsTwice).dataSync()]).toEqual([...once, ...once]);
});
