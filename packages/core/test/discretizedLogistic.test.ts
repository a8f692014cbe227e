import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { discretizedLogistic } from "../src/distributions/discretizedLogistic.ts";
import { Random } from "../src/random/random.ts";
import { discretizedLogisticLogProb } from "./support/references.ts";
import { compute, grid, meanOf, toTensor, values } from "./support/tensors.ts";

const levels = Array.from({ length: 256 }, (_, i) => Math.fround(i / 255));
const means = [-0.4, 0, 0.003, 0.5, 0.98, 1, 1.7];
const logScales = [-7, -5.5, -3, -1, 0, 2, 6];
const [meanGrid, scaleGrid] = grid(means, logScales).map((list) => list.map(Math.fround));

/** Log probabilities of all levels, a row of 256 for every pair of parameters. */
const table = compute(() =>
  discretizedLogistic({
    mean: tf.tensor2d(meanGrid, [meanGrid.length, 1]),
    logScale: tf.tensor2d(scaleGrid, [scaleGrid.length, 1]),
  }).logProb(tf.tensor2d(levels, [1, 256])),
);

test("log probabilities are the closed form in float64", () => {
  meanGrid.forEach((mean, i) => {
    const logScale = scaleGrid[i];
    const expected = levels.map((x) => discretizedLogisticLogProb(x, mean, logScale));
    // x - mean is rounded to 1.2e-7 at most, and the log probability moves by that over the scale.
    const atol = 1e-5 + 2e-7 / Math.exp(logScale);
    const row = table.subarray(256 * i, 256 * (i + 1));
    const kept = expected.map((l) => l > -700); // below that the mass underflows in the reference
    expectClose(
      row.filter((_, k) => kept[k]),
      expected.filter((_, k) => kept[k]),
      { rtol: 2e-6, atol },
    );
  });
});

test("the probabilities of the 256 levels sum to 1", () => {
  const totals = meanGrid.map((_, i) =>
    table.subarray(256 * i, 256 * (i + 1)).reduce((total, l) => total + Math.exp(l), 0),
  );
  // Rounding of x - mean shifts bin edges by 1e-7, which is 1e-4 of the smallest scale.
  expectClose(
    totals,
    meanGrid.map(() => 1),
    { rtol: 1e-4 },
  );
});

test("two levels make a Bernoulli with logit (mean - 1/2) / scale", () => {
  const p = discretizedLogistic({ mean: tf.scalar(0.8), logScale: tf.scalar(-1), levels: 2 });
  const [zero, one] = compute(() => p.logProb(tf.tensor1d([0, 1])));
  expectClose([one - zero], [0.3 / Math.exp(-1)], { rtol: 1e-5 });
  expectClose([Math.exp(zero) + Math.exp(one)], [1]);
});

test("the mean lies in [0, 1], within half a level of that of the levels", () => {
  const mean = compute(() =>
    discretizedLogistic({
      mean: toTensor(values(meanGrid)),
      logScale: toTensor(values(scaleGrid)),
    }).mean(),
  );
  meanGrid.forEach((_, i) => {
    const row = table.subarray(256 * i, 256 * (i + 1));
    const expected = row.reduce((total, l, k) => total + levels[k] * Math.exp(l), 0);
    expect(Math.abs(mean[i] - expected)).toBeLessThan(0.5 / 255 + 2e-4);
    expect(mean[i]).toBeGreaterThanOrEqual(-1e-6);
    expect(mean[i]).toBeLessThanOrEqual(1 + 1e-4);
  });
});

describe("samples", () => {
  test("are levels, as frequent as their probabilities", () => {
    const draws = 20_000;
    const uniform = new Float32Array(draws);
    new Random(1).fillUniformInto(uniform);
    uniform[0] = 0;
    const p = discretizedLogistic({ mean: tf.scalar(0.9), logScale: tf.scalar(-2) });
    const sample = compute(() => p.sample(tf.tensor1d(uniform)));
    expect(sample[0]).toBe(0);
    expect(sample.every((x) => Math.abs(x * 255 - Math.round(x * 255)) < 1e-4)).toBe(true);
    const probability = Math.exp(discretizedLogisticLogProb(1, 0.9, -2));
    const frequency = sample.filter((x) => x > 254.5 / 255).length / draws;
    expect(Math.abs(frequency - probability)).toBeLessThan(
      4.5 * Math.sqrt((probability * (1 - probability)) / draws),
    );
    const { mean, error } = meanOf(sample);
    expect(Math.abs(mean - compute(() => p.mean())[0])).toBeLessThan(4.5 * error + 0.5 / 255);
  });
});

test("fewer than 2 levels are refused", () => {
  expect(() =>
    discretizedLogistic({ mean: tf.scalar(0), logScale: tf.scalar(0), levels: 1 }),
  ).toThrow("discretizedLogistic: levels must be an integer at least 2, got 1");
});
