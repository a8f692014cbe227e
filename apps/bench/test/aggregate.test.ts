import { describe, expect, test } from "vitest";
import { summarize, summarizeColumns } from "../src/results/aggregate.ts";
import { exampleResults } from "./support/exampleResults.ts";

describe("summarize", () => {
  test("the spread is the sample standard deviation, with divisor n - 1", () => {
    // Mean 5, squared deviations 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, divided by 7.
    const { mean, standardDeviation, n } = summarize([2, 4, 4, 4, 5, 5, 7, 9]);
    expect([mean, n]).toEqual([5, 8]);
    expect(standardDeviation).toBeCloseTo(Math.sqrt(32 / 7), 12);
  });

  test("one seed has a mean and no spread", () => {
    expect(summarize([3])).toEqual({ mean: 3, standardDeviation: null, n: 1 });
  });

  test("equal values have spread 0", () => {
    expect(summarize([7, 7, 7])).toEqual({ mean: 7, standardDeviation: 0, n: 3 });
  });

  test("no values are refused", () => {
    expect(() => summarize([])).toThrow(RangeError);
  });
});

describe("summarizeColumns", () => {
  const [autoencoder, vae] = exampleResults().models;

  test("each metric is averaged over seeds, times are sums of training and evaluation", () => {
    expect(vae.columns.elbo).toEqual({ mean: -251, standardDeviation: Math.SQRT1_2, n: 2 });
    expect(vae.columns.seconds.mean).toBeCloseTo((5.25 + 6.25) / 2, 12);
  });

  test("a metric that a model lacks has no column", () => {
    expect(autoencoder.columns).not.toHaveProperty("elbo");
    expect(autoencoder.columns).not.toHaveProperty("activeUnits");
  });

  test("a value that is not finite does not enter the mean", () => {
    const [first, second] = vae.seeds;
    const broken = {
      ...second,
      metrics: { ...second.metrics, nll: { mean: NaN, standardError: null } },
    };
    expect(summarizeColumns([first, broken]).nll).toEqual({
      mean: 247,
      standardDeviation: null,
      n: 1,
    });
  });
});
