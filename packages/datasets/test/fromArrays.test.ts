import { expect, test } from "vitest";
import { fromArrays } from "../src/index.ts";
import type { FromArraysOptions, Split } from "../src/index.ts";

const data = new Uint8Array(12);
const good = { data, shape: [3, 2, 2, 1] };

test.each<[string, unknown, FromArraysOptions, string]>([
  ["nothing", undefined, {}, "split must be an object { data, shape }, got undefined"],
  ["lists", { data: [1], shape: [1, 1] }, {}, "split.data must be a Uint8Array or Float32Array"],
  ["doubles", { data: new Float64Array(2), shape: [2, 1] }, {}, "got Float64Array of length 2"],
  ["a shape of one axis", { data, shape: [12] }, {}, "[count, features], got [12]"],
  [
    "an empty set",
    { data: new Uint8Array(0), shape: [0, 4] },
    {},
    "split.shape[0] must be an integer of at least 1, got 0",
  ],
  ["a broken size", { data, shape: [3, 4.5] }, {}, "split.shape[1] must be an integer"],
  ["another shape", { data, shape: [3, 5] }, {}, "must hold 15 values for shape [3, 5], got 12"],
  [
    "a value that is no number",
    { data: Float32Array.of(0, 1, Number.NaN, 3), shape: [2, 2] },
    {},
    "split.data must be finite, got NaN at 2",
  ],
  [
    "an infinite value of the test split",
    { data: new Float32Array(4), shape: [2, 2] },
    { test: { data: Float32Array.of(0, Number.NEGATIVE_INFINITY), shape: [1, 2] } },
    "test.data must be finite, got -Infinity at 1",
  ],
  [
    "labels of another length",
    { ...good, labels: new Uint8Array(2) },
    {},
    "one label per example (3), got 2",
  ],
  [
    "labels in a list",
    { ...good, labels: [0, 1, 2] },
    {},
    "split.labels must be a Uint8Array or Int32Array",
  ],
  [
    "labels below 0",
    { ...good, labels: Int32Array.of(0, -1, 0) },
    {},
    "from 0 upwards, got -1 at 1",
  ],
  [
    "labels without a name",
    { ...good, labels: Uint8Array.of(0, 1, 2) },
    { classNames: ["a", "b"] },
    "split.labels must index the 2 class names, got 2 at 2",
  ],
  [
    "factors without names",
    { ...good, factors: new Int32Array(3) },
    {},
    "factorNames must name the columns",
  ],
  [
    "factors of another length",
    { ...good, factors: new Int32Array(5) },
    { factorNames: ["x", "y"] },
    "2 values per example (6), got 5",
  ],
  [
    "factors off their grid",
    { ...good, factors: Int32Array.of(0, 1, 2) },
    { factorNames: ["x"], factorSizes: [2] },
    'must lie on the grid of "x", got 2',
  ],
  ["sizes without factors", good, { factorSizes: [2] }, "one size per factor name, got [2]"],
  [
    "a test split of another shape",
    good,
    { test: { data, shape: [3, 4] } },
    "must have the shape [2, 2, 1]",
  ],
  [
    "a test split of another kind",
    good,
    { test: { ...good, data: new Float32Array(12) } },
    "test.data must be of the kind",
  ],
  [
    "labels on one side",
    good,
    { test: { ...good, labels: new Uint8Array(3) } },
    "both have labels or both have none",
  ],
  [
    "a test split and a fraction",
    good,
    { test: good, testFraction: 0.5 },
    "testFraction must be left out",
  ],
  [
    "a fraction of 1",
    good,
    { testFraction: 1 },
    "testFraction must be a number from 0, for no test split, to below 1, got 1",
  ],
  ["a negative seed", good, { seed: -1 }, "seed must be an integer of at least 0, got -1"],
  [
    "a single example",
    { data: new Uint8Array(4), shape: [1, 4] },
    {},
    "must be an integer of at least 2, got 1",
  ],
  [
    "an unknown option",
    good,
    { tests: good } as never,
    'options must be among name, testFraction, seed, test, classNames, factorNames, factorSizes, got "tests"',
  ],
])("%s is refused", (_, split, options, message) => {
  expect(() => fromArrays(split as Split, options)).toThrow(message);
  expect(() => fromArrays(split as Split, options)).toThrow(/^fromArrays: [^\n]+$/u);
});
