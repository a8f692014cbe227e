import { expect, test } from "vitest";
import { fromArrays } from "../src/index.ts";
import type { ArraySplit, FromArraysOptions, LabelsLike, Numbers } from "../src/index.ts";

const data = new Uint8Array(12);
const good = { data, shape: [3, 2, 2, 1] };

test.each<[string, unknown, FromArraysOptions, string]>([
  ["nothing", undefined, {}, "split must be an object { data, shape }, got undefined"],
  [
    "lists",
    { data: [1], shape: [1, 1] },
    {},
    "split.data must be a Uint8Array, Uint8ClampedArray, Int8 to Int32, Uint16 to BigUint64, Float32 or Float64 array, got [1]",
  ],
  ["a buffer", { data: new ArrayBuffer(2), shape: [2, 1] }, {}, "got an object of ArrayBuffer"],
  ["a shape of one axis", { data, shape: [12] }, {}, "[count, features], got [12]"],
  [
    "an empty set",
    { data: new Uint8Array(0), shape: [0, 4] },
    {},
    "split.shape[0] must be an integer at least 1, got 0",
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
  ["labels in a set", { ...good, labels: new Set([0]) }, {}, "split.labels must be an array, or"],
  ["half a label", { ...good, labels: [0, 1.5, 2] }, {}, "32 bits, got 1.5 at 1"],
  ["labels of two kinds", { ...good, labels: [0, "a", 2] }, {}, "all numbers, all booleans or all"],
  ["a label that is missing", { ...good, labels: ["a", " ", "b"] }, {}, 'there, got "" at 1'],
  [
    "a name that is no class",
    { ...good, labels: ["a", "b", "c"] },
    { classNames: ["a", "b"] },
    'split.labels must be among classNames, got "c"',
  ],
  [
    "labels that are not one-hot",
    { ...good, labels: { data: [1, 0, 0, 1, 1, 1], shape: [3, 2] } },
    {},
    "must be one-hot, with a single 1 in each row and 0 beside it, got others in row 2",
  ],
  [
    "labels of three axes",
    { ...good, labels: { data: new Uint8Array(6), shape: [3, 2, 1] } },
    {},
    "must have the shape [count], [count, 1] or [count, classes], got [3, 2, 1]",
  ],
  ["five axes", { data, shape: [3, 1, 2, 2, 1] }, {}, "[count, features], got [3, 1, 2, 2, 1]"],
  [
    "images with their channels first",
    { data: new Uint8Array(60), shape: [1, 3, 4, 5] },
    {},
    'split.shape must end with 1 to 4 channels unless layout is given ("nchw" if they stand before height and width), got [1, 3, 4, 5]',
  ],
  [
    "an image as a signal",
    good,
    { layout: "nlc" },
    "split.shape must be [count, length, channels] or [count, length], got ",
  ],
  [
    "another layout",
    good,
    { layout: "hwcn" as never },
    'layout must be one of "nhwc", "nchw", "nlc", "ncl"',
  ],
  [
    "whole numbers that no float holds",
    { data: Int32Array.of(2 ** 24 + 1), shape: [1, 1] },
    {},
    "split.data must be from -2^24 to 2^24 where it is whole numbers, got 16777217",
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
    "test data must be of the kind of the training data, Uint8Array of length 12",
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
    "testFraction must be a finite number at least 0 and below 1, got 1",
  ],
  ["a negative seed", good, { seed: -1 }, "seed must be an integer at least 0, got -1"],
  [
    "a single example",
    { data: new Uint8Array(4), shape: [1, 4] },
    {},
    "must be an integer at least 2, got 1",
  ],
  [
    "an unknown option",
    good,
    { tests: good } as never,
    'options must be among testFraction, seed, name, classNames, factorNames, factorSizes, columnNames, layout, test, got "tests"',
  ],
])("%s is refused", (_, split, options, message) => {
  expect(() => fromArrays(split as ArraySplit, options)).toThrow(message);
  expect(() => fromArrays(split as ArraySplit, options)).toThrow(/^fromArrays: [^\n]+$/u);
});

test.each<[string, Numbers]>([
  ["bytes", Uint8ClampedArray.of(0, 7, 255, 1)],
  ["8-bit integers", Int8Array.of(0, 7, 127, 1)],
  ["16-bit integers", Uint16Array.of(0, 7, 255, 1)],
  ["32-bit integers", Int32Array.of(0, 7, 255, 1)],
  ["64-bit integers", BigInt64Array.of(0n, 7n, 255n, 1n)],
])("pixels in %s from 0 to 255 are bytes, features floats of the same value", (_, data) => {
  const values = Array.from(data as ArrayLike<number>, Number);
  const whole = { testFraction: 0 };
  expect(fromArrays({ data, shape: [1, 2, 2, 1] }, whole).train.data).toEqual(
    Uint8Array.from(values),
  );
  const features = fromArrays({ data, shape: [2, 2] }, whole).train.data;
  if (data instanceof Uint8ClampedArray) expect(features).toEqual(Uint8Array.from(values));
  else expect(features).toEqual(Float32Array.from(values));
});

test("pixels beyond a byte stay what they are", () => {
  const data = Uint16Array.of(0, 256);
  const { train } = fromArrays({ data, shape: [1, 1, 2] }, { testFraction: 0 });
  expect(train).toEqual({ data: Float32Array.of(0, 256), shape: [1, 1, 2, 1] });
});

test.each<[string, LabelsLike, number[]]>([
  ["a list", [2, 0, 1], [2, 0, 1]],
  ["floats", Float32Array.of(2, 0, 1), [2, 0, 1]],
  ["64-bit integers", BigInt64Array.of(2n, 0n, 1n), [2, 0, 1]],
  ["booleans", [true, false, true], [1, 0, 1]],
  ["a column", { data: Float64Array.of(2, 0, 1), shape: [3, 1] }, [2, 0, 1]],
  ["one-hot", { data: Uint8Array.of(0, 0, 1, 1, 0, 0, 0, 1, 0), shape: [3, 3] }, [2, 0, 1]],
  ["names", ["c", "a", "b "], [2, 0, 1]],
])("labels may be %s", (_, labels, expected) => {
  const { train } = fromArrays({ ...good, labels }, { testFraction: 0 });
  expect([...(train.labels ?? [])]).toEqual(expected);
});

test("names of training and test labels are numbered together, or as classNames say", () => {
  const sets = { test: { ...good, labels: ["d", "b", "b"] } };
  const set = fromArrays({ ...good, labels: ["c", "a", "c"] }, sets);
  expect(set.classNames).toEqual(["a", "b", "c", "d"]);
  expect([set.train, set.test].map(({ labels }) => [...(labels ?? [])])).toEqual([
    [2, 0, 2],
    [3, 1, 1],
  ]);
  const classNames = ["d", "c", "b", "a"];
  const known = fromArrays({ ...good, labels: ["c", "a", "c"] }, { ...sets, classNames });
  expect(known.classNames).toEqual(classNames);
  expect([...(known.train.labels ?? [])]).toEqual([1, 3, 1]);
});

test("channels are moved behind height and width when they stand first", () => {
  const first = Uint8Array.of(1, 2, 3, 4, 11, 12, 13, 14, 21, 22, 23, 24);
  const options = { layout: "nchw", testFraction: 0 } as const;
  expect(fromArrays({ data: first, shape: [1, 3, 2, 2] }, options).train).toEqual({
    data: Uint8Array.of(1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24),
    shape: [1, 2, 2, 3],
  });
  const features = { data: new Float32Array(6), shape: [1, 1, 1, 6] };
  expect(fromArrays(features, { layout: "nhwc", testFraction: 0 }).train.shape).toEqual([
    1, 1, 1, 6,
  ]);
});

test("signals are no images: three axes stay, and whole numbers keep their values", () => {
  const options = { layout: "nlc", testFraction: 0 } as const;
  const samples = { data: Int16Array.of(0, 100, 200, 255, 1, 2), shape: [1, 3, 2] };
  expect(fromArrays(samples, options).train).toEqual({
    data: Float32Array.of(0, 100, 200, 255, 1, 2),
    shape: [1, 3, 2],
  });
  expect(fromArrays({ ...samples, shape: [2, 3] }, options).train.shape).toEqual([2, 3, 1]);
  expect(fromArrays(samples, { ...options, layout: "ncl" }).train).toEqual({
    data: Float32Array.of(0, 200, 1, 100, 255, 2),
    shape: [1, 2, 3],
  });
  expect(
    fromArrays({ ...samples, shape: [2, 3] }, { ...options, layout: "ncl" }).train.shape,
  ).toEqual([2, 3, 1]);
});

test("without a test split arrays stay where they are, in their order", () => {
  const { train, test: none } = fromArrays(good, { testFraction: 0 });
  expect(train.data).toBe(good.data);
  expect(none).toEqual({ data: new Uint8Array(0), shape: [0, 2, 2, 1] });
  expect(
    fromArrays({ data: new Uint8Array(4), shape: [1, 4] }, { testFraction: 0 }).train.shape,
  ).toEqual([1, 4]);
});
