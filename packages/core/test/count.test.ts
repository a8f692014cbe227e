import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { describe, expect, test } from "vitest";
import { valuesOf } from "../src/data/columnSource.ts";
import { poisson } from "../src/distributions/poisson.ts";
import { countLikelihood } from "../src/likelihoods/count.ts";
import { logLikelihoodOf } from "../src/likelihoods/likelihood.ts";
import { tableExample } from "../src/likelihoods/tableColumns.ts";
import { tableFidelity } from "../src/evaluation/tableFidelity.ts";
import { tableRows } from "../src/data/tableRows.ts";
import { compute } from "./support/tensors.ts";

/** `ln P(k)` by its sum. */
function logPoisson(k: number, rate: number): number {
  let log = k * Math.log(rate) - rate;
  for (let i = 2; i <= k; i++) log -= Math.log(i);
  return log;
}

describe("a Poisson distribution", () => {
  test.each([0.02, 1, 3.7, 60, 900])("has the probabilities of its rate, %f", (rate) => {
    const counts = [0, 1, 2, 5, 17, 64, 850, 1000];
    const actual = compute(() => poisson({ logRate: Math.log(rate) }).logProb(tf.tensor1d(counts)));
    // float32: 2^-24 of the largest term.
    expectClose(
      actual,
      counts.map((k) => logPoisson(k, rate)),
      { rtol: 1e-6, atol: 1e-3 },
    );
  });

  test.each([0.3, 3.7, 31])("is drawn by its distribution function, rate %f", (rate) => {
    const z = Array.from({ length: 81 }, (_, i) => -4 + i / 10.1);
    const actual = compute(() => poisson({ logRate: Math.log(rate) }).sample(tf.tensor1d(z)));
    const erf = compute(() => tf.erf(tf.mul(tf.tensor1d(z), Math.SQRT1_2)));
    const expected = Array.from(erf, (value) => quantile(rate, (1 + value) / 2));
    expect([...actual]).toEqual(expected);
  });

  test.each([33, 400, 20000])("is drawn by its quantiles to one count, rate %f", (rate) => {
    const z = Array.from({ length: 61 }, (_, i) => -3 + i / 10);
    const actual = compute(() => poisson({ logRate: Math.log(rate) }).sample(tf.tensor1d(z)));
    const erf = compute(() => tf.erf(tf.mul(tf.tensor1d(z), Math.SQRT1_2)));
    erf.forEach((value, i) => {
      expect(Math.abs(actual[i] - quantile(rate, (1 + value) / 2))).toBeLessThanOrEqual(1);
    });
    const mean = compute(() => {
      const noise = tf.randomNormal([5000], 0, 1, "float32", 1);
      return tf.mean(poisson({ logRate: Math.log(rate) }).sample(noise));
    });
    // Four standard errors.
    expect(Math.abs(mean[0] - rate)).toBeLessThan(4 * Math.sqrt(rate / 5000));
  });
});

/** The smallest count whose distribution function reaches u. */
function quantile(rate: number, u: number): number {
  let k = 0;
  let below = Math.exp(-rate);
  if (rate > 500) {
    // From ten deviations below the mean, where less than 1e-20 is left out.
    k = Math.floor(rate - 10 * Math.sqrt(rate));
    below = Math.exp(logPoisson(k, rate));
  }
  let one = Math.exp(logPoisson(k, rate));
  while (below < u) {
    one *= rate / ++k;
    below += one;
  }
  return k;
}

describe("counts", () => {
  const values = { data: Float32Array.of(4, 0, 8), shape: [3] };

  test("have rates in units of the mean of the training rows", async () => {
    const likelihood = countLikelihood([]);
    await likelihood.fit?.(valuesOf({ known: values }, Int32Array.of(0, 1, 2)));
    const x = tf.tensor1d(values.data);
    const log = compute(() =>
      logLikelihoodOf(likelihood, tf.zeros([3]), { values: x, columns: {} }),
    );
    // The bound of the ratio moves 0 by 1e-3.
    expectClose(
      log,
      [4, 0, 8].map((k) => logPoisson(k, 4)),
      { rtol: 1e-3, atol: 1e-3 },
    );
    const input = compute(() => likelihood.input?.of(x) as tf.Tensor);
    expectClose(input, [0, -Math.log(5), Math.log(9 / 5)]);
    x.dispose();
  });

  test.each([-1, 0.5, NaN, 2 ** 25])("refuse %f", (value) => {
    const bad = { data: Float32Array.of(1, value), shape: [2] };
    expect(() => countLikelihood([]).reader({ fn: "train", name: "visits" }, bad)).toThrow(
      "train: values of visits must be counts, integers in [0, 16777216], got",
    );
  });

  test("are numbers in rows, and compared as such", () => {
    const columns = [{ name: "visits", kind: "count" as const }];
    expect(Object.keys(tableExample("test", columns))).toEqual(["visits"]);
    const cells = { visits: { data: Float32Array.of(3, NaN), shape: [2] } };
    expect(tableRows(columns, cells)).toEqual([{ visits: 3 }, { visits: null }]);
    const other = { visits: { data: Float32Array.of(3, 7), shape: [2] } };
    expect(tableFidelity(columns, cells, other).marginals).toBe(0.5);
  });
});
