import { expectGradient } from "@elbo/test-utils/tensors";
import * as tf from "@tensorflow/tfjs-core";
import { test } from "vitest";
import { categorical, categoricalKl } from "../src/distributions/categorical.ts";
import { softmax } from "./support/references.ts";
import { normals, toTensor } from "./support/tensors.ts";

const logits = toTensor(normals(1, [3, 4], 2));
const others = toTensor(normals(2, [3, 4], 2));
const rowsOf = (list: readonly number[]): number[][] =>
  [0, 1, 2].map((i) => list.slice(4 * i, 4 * i + 4));
const chosen = [2, 0, 3];

test("gradient of the log probability, from indices and from one-hot rows", () => {
  const reference = (l: readonly number[]): number =>
    rowsOf(l).reduce((total, row, i) => total + Math.log(softmax(row)[chosen[i]]), 0);
  for (const x of [tf.tensor1d(chosen, "int32"), tf.oneHot(chosen, 4, 1, 0, "float32")]) {
    expectGradient({
      inputs: [logits],
      fn: (l) => categorical({ logits: l }).logProb(x),
      reference,
    });
  }
});

test("gradient of the entropy", () => {
  expectGradient({
    inputs: [logits],
    fn: (l) => categorical({ logits: l }).entropy(),
    reference: (l) =>
      rowsOf(l)
        .flatMap(softmax)
        .reduce((total, w) => total - w * Math.log(w), 0),
  });
});

test("gradient of the KL", () => {
  expectGradient({
    inputs: [logits, others],
    fn: (q, p) => categoricalKl(categorical({ logits: q }), categorical({ logits: p })),
    reference(q, p) {
      const [from, to] = [rowsOf(q).flatMap(softmax), rowsOf(p).flatMap(softmax)];
      return from.reduce((total, w, i) => total + w * Math.log(w / to[i]), 0);
    },
  });
});
