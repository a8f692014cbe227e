import { expect, test } from "vitest";
import { expectClose } from "../src/index.ts";

test("equal arrays pass, NaN and infinities included", () => {
  expectClose([1, NaN, Infinity], [1, NaN, Infinity]);
});

test("the worst index is named", () => {
  expect(() => {
    expectClose([1, 2.5, 3.1], [1, 2, 3]);
  }).toThrow(/value 1 of 3: expected 2, got 2.5/);
});

test("NaN against a number fails", () => {
  expect(() => {
    expectClose([NaN], [1]);
  }).toThrow(/got NaN/);
});
