import { expectGradient } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { bernoulli, bernoulliKl } from "../src/distributions/bernoulli.ts";
import * as reference from "./support/references.ts";
import { normals, sumOver, toTensor } from "./support/tensors.ts";

const logits = toTensor(normals(1, [2, 5], 3));
const others = toTensor(normals(2, [2, 5], 3));
const x = tf.tensor2d([0, 1, 0, 1, 0.25, 1, 0, 0.5, 1, 0], [2, 5]);

test("gradient of the log probability", () => {
  expectGradient({
    inputs: [x, logits],
    fn: (at, l) => bernoulli({ logits: l }).logProb(at),
    reference: (at, l) => sumOver(reference.bernoulliLogProb, at, l),
  });
});

test("gradient of the entropy", () => {
  expectGradient({
    inputs: [logits],
    fn: (l) => bernoulli({ logits: l }).entropy(),
    reference: (l) => sumOver((a) => reference.softplus(a) - a * reference.sigmoid(a), l),
  });
});

test("gradient of the KL", () => {
  expectGradient({
    inputs: [logits, others],
    fn: (q, p) => bernoulliKl(bernoulli({ logits: q }), bernoulli({ logits: p })),
    reference: (q, p) => sumOver(reference.bernoulliKl, q, p),
  });
});

test("gradients are finite at extreme logits", () => {
  const extreme = tf.tensor1d([-1e4, -200, 0, 200, 1e4]);
  const gradient = tf.grad((l) => tf.sum(bernoulli({ logits: l }).logProb(tf.ones([5]))))(extreme);
  expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
});
