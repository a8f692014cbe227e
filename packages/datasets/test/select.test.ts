import { expect, test } from "vitest";
import { filterByLabel, fromArrays, take, toFactors, toIndex } from "../src/index.ts";
import type { Split } from "../src/index.ts";

const split: Split = {
  data: Float32Array.from({ length: 8 }, (_, i) => i),
  shape: [4, 2],
  labels: Uint8Array.of(0, 1, 0, 2),
  factors: Int32Array.of(0, 1, 2, 3, 4, 5, 6, 7),
};

test("taken examples keep their labels and factors, in the order asked for", () => {
  expect(take(split, [3, 0, 3])).toEqual({
    data: Float32Array.of(6, 7, 0, 1, 6, 7),
    shape: [3, 2],
    labels: Uint8Array.of(2, 0, 2),
    factors: Int32Array.of(6, 7, 0, 1, 6, 7),
  });
});

test("taken examples are copies", () => {
  const copy = take(split, [0]);
  copy.data[0] = 99;
  expect(split.data[0]).toBe(0);
});

test("a Buffer becomes a plain array", () => {
  const taken = take({ data: Buffer.from([1, 2]), shape: [2, 1] }, [1]);
  expect(Buffer.isBuffer(taken.data)).toBe(false);
  expect([...taken.data]).toEqual([2]);
});

test("filtering keeps the examples of the classes", () => {
  expect(filterByLabel(split, 0).data).toEqual(Float32Array.of(0, 1, 4, 5));
  expect(filterByLabel(split, [2, 1]).labels).toEqual(Uint8Array.of(1, 2));
});

test.each<[string, () => unknown, string]>([
  ["no index", () => take(split, []), "take: indices must hold at least one index, got none"],
  ["an index too high", () => take(split, [4]), "take: indices[0] must be an integer from 0 to 3"],
  ["half an index", () => take(split, [0.5]), "got 0.5"],
  ["an absent class", () => filterByLabel(split, 9), "classes must occur among the labels, got 9"],
  [
    "a split without labels",
    () => filterByLabel({ data: split.data, shape: [4, 2] }, 0),
    "filterByLabel: split must have labels, got none",
  ],
])("%s is refused", (_, run, message) => {
  expect(run).toThrow(message);
});

test("factors and indices of a grid undo each other, the last factor varying fastest", () => {
  const sizes = [3, 4, 5];
  expect(toFactors(1, sizes)).toEqual([0, 0, 1]);
  expect(toFactors(59, sizes)).toEqual([2, 3, 4]);
  for (let index = 0; index < 60; index++)
    expect(toIndex(toFactors(index, sizes), sizes)).toBe(index);
});

test("arrays are divided by the seed, each example once", () => {
  const { train, test: tests } = fromArrays(split, {
    testFraction: 0.25,
    seed: 1,
    factorNames: ["a", "b"],
  });
  expect([train.shape, tests.shape]).toEqual([
    [3, 2],
    [1, 2],
  ]);
  const firsts = [train, tests].flatMap(({ data }) => [...data].filter((_, i) => i % 2 === 0));
  expect(firsts.sort()).toEqual([0, 2, 4, 6]);
  const again = fromArrays(split, { testFraction: 0.25, seed: 1, factorNames: ["a", "b"] });
  expect(again.train).toEqual(train);
});

test("a test split of its own is used as it is", () => {
  const plain = { data: split.data, shape: split.shape };
  const set = fromArrays(plain, { test: plain, name: "mine" });
  expect(set).toEqual({ name: "mine", train: plain, test: plain });
  expect(set.train.data).toBe(split.data);
});
