import { expect, test } from "vitest";
import type { Draft } from "../src/plan/draft.ts";
import { tile } from "../src/plan/format.ts";
import { fuseInstructions } from "../src/plan/peephole.ts";

const { load, store, add, sub, mul, div, sqrt, muladd, nmuladd, mulsub, weighted, overRoot } = tile;

/** Loads of registers 0 to 3, then what is given, then a store of register 9. */
function fuse(...drafts: readonly Draft[]): readonly (readonly number[])[] {
  const loads = [0, 1, 2, 3].map((i) => ({ operation: load, result: i, inputs: [], access: i }));
  const end = { operation: store, inputs: [9], access: 4 };
  return fuseInstructions([...loads, ...drafts, end], (access) => access === 3)
    .filter(({ operation }) => operation !== load && operation !== store)
    .map(({ operation, result, inputs }) => [operation, result as number, ...inputs]);
}

const draft = (operation: number, result: number, ...inputs: readonly number[]): Draft => ({
  operation,
  result,
  inputs,
});

test.each([
  ["a sum with a product", [draft(mul, 4, 0, 1), draft(add, 9, 2, 4)], [muladd, 9, 0, 1, 2]],
  ["a product and a sum", [draft(mul, 4, 0, 1), draft(add, 9, 4, 2)], [muladd, 9, 0, 1, 2]],
  ["a product less", [draft(mul, 4, 0, 1), draft(sub, 9, 2, 4)], [nmuladd, 9, 0, 1, 2]],
  ["less than a product", [draft(mul, 4, 0, 1), draft(sub, 9, 4, 2)], [mulsub, 9, 0, 1, 2]],
  [
    "two products",
    [draft(mul, 4, 0, 1), draft(mul, 5, 2, 3), draft(add, 9, 4, 5)],
    [weighted, 9, 0, 1, 2, 3],
  ],
  [
    "a product over a root",
    [draft(sqrt, 4, 0), draft(add, 5, 4, 3), draft(mul, 6, 1, 2), draft(div, 9, 6, 5)],
    [overRoot, 9, 1, 2, 0, 3],
  ],
  [
    "a product over a root added last",
    [draft(sqrt, 4, 0), draft(add, 5, 3, 4), draft(mul, 6, 1, 2), draft(div, 9, 6, 5)],
    [overRoot, 9, 1, 2, 0, 3],
  ],
])("%s is one instruction", (_, drafts, expected) => {
  expect(fuse(...drafts)).toEqual([expected]);
});

test("what is used twice, or the same everywhere, stays an instruction of its own", () => {
  const twice = [draft(mul, 4, 0, 1), draft(add, 5, 4, 2), draft(sub, 9, 5, 4)];
  expect(fuse(...twice).map(([operation]) => operation)).toEqual([mul, add, sub]);
  const uniform = [draft(mul, 4, 3, 3), draft(add, 9, 4, 2)];
  expect(fuse(...uniform).map(([operation]) => operation)).toEqual([mul, add]);
});
