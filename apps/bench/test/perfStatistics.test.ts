import { expect, test } from "vitest";
import { differenceOf, median, quantile, spreadOf } from "../src/perf/statistics.ts";

test.each([
  [[3], 0.5, 3],
  [[4, 1, 3, 2], 0.5, 2.5],
  [[5, 1, 3], 0, 1],
  [[5, 1, 3], 1, 5],
  [[0, 10], 0.25, 2.5],
])("the quantile of %j at %d is %d", (values, fraction, expected) => {
  expect(quantile(values, fraction)).toBe(expected);
});

test("one slow turn moves the mean and not the median", () => {
  expect(median([2, 2, 2, 2, 1000])).toBe(2);
});

test("a spread keeps the values as they were", () => {
  const values = [3, 1, 2];
  expect(spreadOf(values)).toEqual({ median: 2, quartiles: [1.5, 2.5], least: 1, count: 3 });
  expect(values).toEqual([3, 1, 2]);
});

test("no values are refused in one sentence", () => {
  expect(() => quantile([], 0.5)).toThrow("quantile: values must not be empty, got none");
  expect(() => quantile([1], 2)).toThrow("quantile: fraction must be from 0 to 1, got 2");
});

test("losses are compared relatively, values absolutely", () => {
  const judge = { losses: [100, 50], values: [0.5, 0] };
  const { loss, values } = differenceOf({ losses: [101, 50], values: [0.5, 0.25] }, judge);
  expect(loss).toBeCloseTo(0.01, 12);
  expect(values).toBe(0.25);
});

test.each([
  ["a number that is not finite", { losses: [NaN], values: [0] }],
  ["a missing number", { losses: [], values: [0] }],
])("%s is infinitely far from any result", (_, checked) => {
  expect(differenceOf(checked, { losses: [1], values: [0] }).loss).toBe(Infinity);
});
