import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { gaussianKl } from "../src/distributions/diagonalGaussian.ts";
import { bernoulli } from "../src/distributions/bernoulli.ts";
import { sumPerExample } from "../src/distributions/distribution.ts";
import { Objective } from "../src/objective/objective.ts";
import type { Terms } from "../src/objective/objective.ts";
import { constant, linear } from "../src/objective/schedule.ts";
import { compute, normals, toTensor, values } from "./support/tensors.ts";

const terms: Terms = { distortion: tf.tensor1d([4, 6]), kl: tf.tensor1d([1, 2]) };

test("the loss is the mean over examples of the weighted sum of terms", () => {
  expect([...compute(() => new Objective().total(terms))]).toEqual([6.5]);
  expect([...compute(() => new Objective({ kl: 4 }).total(terms))]).toEqual([11]);
  expect([
    ...compute(() => new Objective({ kl: constant(0.5), distortion: 2 }).total(terms)),
  ]).toEqual([10.75]);
});

test("a weight of 0 leaves its term out, so that it may be anything", () => {
  const broken = { ...terms, kl: tf.tensor1d([NaN, Infinity]) };
  expect([...compute(() => new Objective({ kl: 0 }).total(broken))]).toEqual([5]);
  expect([...compute(() => new Objective({ kl: 0, distortion: 0 }).total(terms))]).toEqual([0]);
});

test("scheduled weights are fed, and only they", () => {
  const objective = new Objective({ kl: linear({ from: 0, to: 1, steps: 10 }), distortion: 2 });
  expect(objective.scheduled).toEqual(["kl"]);
  expect(objective.scalars(5)).toEqual({ kl: 0.5 });
  expect(objective.weight("kl", 10)).toBe(1);
  expect(objective.weight("distortion", 10)).toBe(2);
  expect(objective.weight("other", 10)).toBe(1);
  expect([...compute(() => objective.total(terms, { kl: tf.scalar(0.5) }))]).toEqual([10.75]);
});

test("reported means are unweighted", () => {
  const means = new Objective({ kl: 100 }).means(terms);
  expect(means["distortion"].dataSync()[0]).toBe(5);
  expect(means["kl"].dataSync()[0]).toBe(1.5);
});

test("the JSON of the weights holds their schedules", () => {
  const objective = new Objective({ kl: linear({ from: 0, to: 1, steps: 10 }), distortion: 2 });
  expect(JSON.parse(JSON.stringify(objective))).toEqual({
    kl: { kind: "linear", from: 0, to: 1, steps: 10, start: 0 },
    distortion: 2,
  });
});

describe("a fixed set of 64 examples", () => {
  const count = 64;
  const mean = normals(1, [count, 3]);
  const logVar = normals(2, [count, 3]);
  const logits = normals(3, [count, 5, 2]);
  const x = values(
    normals(4, [count, 5, 2]).data.map((v) => (v > 0 ? 1 : 0)),
    [count, 5, 2],
  );
  const all = { mean, logVar, logits, x };
  const objective = new Objective({ kl: 4 });

  const termsOf = (start: number, size: number): Terms => {
    const part = (name: keyof typeof all): tf.Tensor =>
      tf.slice(toTensor(all[name]), [start], [size]);
    return {
      distortion: tf.neg(sumPerExample(bernoulli({ logits: part("logits") }).logProb(part("x")))),
      kl: sumPerExample(gaussianKl({ mean: part("mean"), logVar: part("logVar") })),
    };
  };
  const whole = compute(() => objective.total(termsOf(0, count)))[0];

  test.each([1, 7, 64])("has the same loss in batches of %d", (batch) => {
    let total = 0;
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start);
      total += size * compute(() => objective.total(termsOf(start, size)))[0];
    }
    expectClose([total / count], [whole], { rtol: 1e-6 });
  });

  test("repeated twice has the same loss", () => {
    const twice = compute(() => {
      const once = termsOf(0, count);
      return objective.total({
        distortion: tf.concat([once["distortion"], once["distortion"]]),
        kl: tf.concat([once["kl"], once["kl"]]),
      });
    });
    expectClose(twice, [whole], { rtol: 1e-6 });
  });
});

test.each([
  [
    () => new Objective({ kl: NaN }),
    "Objective: weight of kl must be a finite number or a schedule, got NaN",
  ],
  [() => new Objective().total({}), "total: terms must hold at least one, got none"],
  [
    () => new Objective({ k1: 2 }).total(terms),
    "total: a weight must belong to a term (distortion, kl), got one of k1",
  ],
  [
    () => new Objective({ kl: linear({ from: 0, to: 1, steps: 2 }) }).total(terms),
    "total: scalars must hold the scheduled weight of kl, got none",
  ],
  [
    () => new Objective().means({ ...terms, kl: tf.scalar(1) }),
    "means: terms must have the same shape [B], got kl []",
  ],
  [
    () => new Objective().total({ ...terms, kl: tf.zeros([2, 3]) }),
    "total: terms must have the same shape [B], got kl [2, 3]",
  ],
])("%s is refused in a sentence", (run, sentence) => {
  expect(run).toThrow(sentence);
});
