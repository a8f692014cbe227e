import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { constant, linear } from "../src/objective/index.ts";
import type { Schedule } from "../src/step/schedule.ts";
import type { Terms } from "../src/step/terms.ts";
import { phaseLoss } from "../src/training/phaseLoss.ts";
import { compute, normals, toTensor } from "./support/tensors.ts";

const terms = (): Terms => ({ distortion: tf.tensor1d([4, 6]), rate: tf.tensor1d([1, 2]) });

interface Given {
  readonly weights?: Readonly<Record<string, Schedule>>;
  readonly scalars?: Readonly<Record<string, tf.Tensor>>;
  readonly exampleWeights?: tf.Tensor;
  readonly batchSize?: number;
}

const lossOf = (
  given: Terms,
  { weights = {}, scalars = {}, exampleWeights, batchSize = 2 }: Given,
) =>
  phaseLoss({ name: "p", weights: new Map(Object.entries(weights)) }, given, {
    batchSize,
    scalars,
    exampleWeights,
  });
const valueOf = (given: Terms, rest: Given = {}): number =>
  compute(() => lossOf(given, rest).loss)[0];

test("the loss is the mean over examples of the weighted sum of terms", () => {
  expect(valueOf(terms())).toBe(6.5);
  expect(valueOf(terms(), { weights: { rate: constant(4) } })).toBe(11);
  expect(valueOf(terms(), { weights: { rate: constant(0.5), distortion: constant(2) } })).toBe(
    10.75,
  );
});

test("figures of the batch are added as they are, with their weights", () => {
  const given = { ...terms(), spread: { ofBatch: tf.scalar(3) } };
  expect(valueOf(given)).toBe(9.5);
  expect(valueOf(given, { weights: { spread: constant(2), rate: constant(0) } })).toBe(11);
  expect(valueOf({ spread: given.spread })).toBe(3);
});

test("a weight of 0 leaves its term out, so that it may be anything", () => {
  const broken = { ...terms(), rate: tf.tensor1d([NaN, Infinity]) };
  expect(valueOf(broken, { weights: { rate: constant(0) } })).toBe(5);
  expect(valueOf(broken, { weights: { rate: constant(0), distortion: constant(0) } })).toBe(0);
});

test("scheduled weights are taken from what is fed", () => {
  const weights = { rate: linear({ from: 0, to: 1, steps: 10 }) };
  expect(valueOf(terms(), { weights, scalars: { rate: tf.scalar(0.5) } })).toBe(5.75);
});

test("means are without weights of terms, and with those of examples, as the loss is", () => {
  const { loss, means } = lossOf(terms(), {
    weights: { rate: constant(100) },
    exampleWeights: tf.tensor1d([0, 1]),
  });
  expect(means["distortion"].dataSync()[0]).toBe(3);
  expect(means["rate"].dataSync()[0]).toBe(1);
  expect(loss.dataSync()[0]).toBe(103);
});

describe("a fixed set of 64 examples", () => {
  const count = 64;
  const all = { distortion: normals(1, [count]), rate: normals(2, [count]) };
  const weights = { rate: constant(4) };
  const part = (start: number, size: number): Terms => ({
    distortion: tf.slice(toTensor(all.distortion), [start], [size]),
    rate: tf.slice(toTensor(all.rate), [start], [size]),
  });
  const whole = valueOf(part(0, count), { weights, batchSize: count });

  test.each([1, 7, 64])("has the same loss in batches of %d", (batch) => {
    let total = 0;
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start);
      total += size * valueOf(part(start, size), { weights, batchSize: size });
    }
    expectClose([total / count], [whole], { rtol: 1e-5, atol: 1e-6 });
  });

  test("repeated twice has the same loss", () => {
    const once = part(0, count);
    const twice = Object.fromEntries(
      Object.entries(once).map(([name, term]) => [name, tf.concat([term, term] as tf.Tensor[])]),
    );
    expectClose([valueOf(twice, { weights, batchSize: 2 * count })], [whole], { rtol: 1e-5 });
  });
});
