import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { Random } from "../src/index.ts";
import { activeUnits, estimateOf, Jackknife } from "../src/evaluation/estimate.ts";
import { LogMeanExp } from "../src/operations/logMeanExp.ts";

const normals = (count: number, seed = 1): Float32Array => {
  const values = new Float32Array(count);
  new Random(seed).fillNormalInto(values);
  return values;
};

test("the log of a mean of exponentials is that of the textbook formula", () => {
  const values = [0.5, -3, 2, 2, -Infinity, 1.25];
  const streamed = new LogMeanExp();
  for (const value of values) streamed.add(value);
  const direct = Math.log(values.reduce((sum, value) => sum + Math.exp(value), 0) / values.length);
  expect(streamed.value()).toBeCloseTo(direct, 12);
});

test("it neither overflows nor underflows", () => {
  const streamed = new LogMeanExp();
  for (const value of [-2000, -1000, -1000]) streamed.add(value);
  expect(streamed.value()).toBeCloseTo(-1000 + Math.log(2 / 3), 9);
  const none = new LogMeanExp();
  none.add(-Infinity);
  expect(none.value()).toBe(-Infinity);
});

test("NaN stays NaN", () => {
  const streamed = new LogMeanExp();
  for (const value of [1, NaN, 2]) streamed.add(value);
  expect(streamed.value()).toBeNaN();
});

test("a mean has the standard error s / sqrt(n)", () => {
  expect(estimateOf(Float64Array.of(1, 2, 3, 4))).toEqual({
    mean: 2.5,
    standardError: Math.sqrt(5 / 3 / 4),
  });
  expect(estimateOf(Float64Array.of(7))).toEqual({ mean: 7, standardError: NaN });
});

test("the jackknife error of a mean is its standard error", () => {
  const values = normals(4000);
  const jackknife = new Jackknife();
  values.forEach((value, i) => {
    jackknife.add(i, { total: [value] });
  });
  const { mean } = jackknife.estimates(({ total }, examples) => ({ mean: total[0] / examples }));
  const exact = estimateOf(Float64Array.from(values));
  expect(mean.mean).toBeCloseTo(exact.mean, 12);
  // Twenty groups estimate an error to about 16 %.
  expectClose([mean.standardError], [exact.standardError], { rtol: 0.5 });
});

test("active units are those whose means vary by more than 0.01", () => {
  const noise = normals(3 * 2000);
  const deviations = [1, 0.05, 0.1];
  const means = noise.map((value, i) => 5 + value * deviations[i % 3]);
  const { mean, standardError } = activeUnits({ data: means, shape: [2000, 3] });
  // The third dimension lies on the threshold, so it may fall on either side: a fair coin.
  expect(mean === 1 || mean === 2).toBe(true);
  expect(standardError).toBeGreaterThan(0.2);
  expect(standardError).toBeLessThanOrEqual(0.5);
  const clear = activeUnits({
    data: noise.map((value, i) => value * deviations[i % 2]),
    shape: [3000, 2],
  });
  expect(clear.mean).toBe(1);
  expect(clear.standardError).toBeLessThan(1e-3);
});
