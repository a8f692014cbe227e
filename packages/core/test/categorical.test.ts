import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { categorical } from "../src/distributions/categorical.ts";
import { Random } from "../src/random/random.ts";
import { softmax } from "./support/references.ts";
import { compute, meanOf, normals, toTensor } from "./support/tensors.ts";

const logits = normals(1, [3, 4], 2);
const rows = [0, 1, 2].map((i) => logits.data.slice(4 * i, 4 * i + 4));
const p = categorical({ logits: toTensor(logits) });

test("log probabilities are the closed form, from indices and from one-hot rows", () => {
  const chosen = [2, 0, 3];
  const expected = rows.map((row, i) => Math.log(softmax(row)[chosen[i]]));
  expectClose(
    compute(() => p.logProb(tf.tensor1d(chosen, "int32"))),
    expected,
  );
  expectClose(
    compute(() => p.logProb(tf.oneHot(chosen, 4, 1, 0, "float32"))),
    expected,
  );
});

test("the probabilities sum to 1", () => {
  const totals = compute(() =>
    tf.sum(tf.stack([0, 1, 2, 3].map((k) => tf.exp(p.logProb(tf.fill([3], k, "int32"))))), 0),
  );
  expectClose(totals, [1, 1, 1]);
});

test("mean and entropy are the closed forms", () => {
  expectClose(
    compute(() => p.mean()),
    rows.flatMap(softmax),
  );
  expectClose(
    compute(() => p.entropy()),
    rows.map((row) => softmax(row).reduce((total, w) => total - w * Math.log(w), 0)),
  );
});

test("large logits stay finite", () => {
  const sharp = categorical({ logits: tf.tensor2d([[1000, 0, -1000]]) });
  expect([...compute(() => sharp.logProb(tf.tensor1d([1], "int32")))]).toEqual([-1000]);
  expectClose(
    compute(() => sharp.entropy()),
    [0],
  );
});

test("Gumbel noise draws every choice as often as its probability; entropy agrees with Monte Carlo", () => {
  const draws = 20_000;
  const gumbel = new Float32Array(draws * 4);
  new Random(2).fillGumbelInto(gumbel);
  const single = categorical({ logits: tf.tensor2d([[...rows[0]]]) });
  const sample = tf.tidy(() => single.sample(tf.tensor2d(gumbel, [draws, 4])));
  expect(sample.dtype).toBe("int32");
  const indices = sample.dataSync();
  softmax(rows[0]).forEach((probability, k) => {
    const frequency = indices.filter((i) => i === k).length / draws;
    expect(Math.abs(frequency - probability)).toBeLessThan(
      4.5 * Math.sqrt((probability * (1 - probability)) / draws),
    );
  });
  const surprise = meanOf(compute(() => tf.neg(single.logProb(sample))));
  expect(Math.abs(surprise.mean - compute(() => single.entropy())[0])).toBeLessThan(
    4.5 * surprise.error,
  );
});

test("logits without an axis of choices are refused", () => {
  expect(() => categorical({ logits: tf.scalar(1) })).toThrow(
    "categorical: logits must have a last axis of choices, got []",
  );
});
