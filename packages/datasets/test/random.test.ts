import { expect, test } from "vitest";
import { generator } from "../src/random.ts";

test("the sequence of a seed is that of the published algorithm", () => {
  // From a Python implementation of xoshiro128** and the seeding, written for this test.
  const random = generator(1);
  const draws = Array.from({ length: 4 }, () => random.integer(1_000_000));
  expect(draws).toEqual([276114, 867923, 652705, 653313]);
});

test("seeds that differ only above 32 bits give different sequences", () => {
  expect(generator(5).uint32()).not.toBe(generator(5 + 2 ** 32).uint32());
});

test("a permutation repeats with its seed and only then", () => {
  const order = generator(3).permutation(1000);
  expect(generator(3).permutation(1000)).toEqual(order);
  expect(generator(4).permutation(1000)).not.toEqual(order);
});
