import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as format from "../src/plan/format.ts";

const header = readFileSync(new URL("../native/program.h", import.meta.url), "utf8");

/** The numbers of the header by their names. */
const numbers = new Map(
  [
    ...header
      .replaceAll(/\/\*.*?\*\//gs, "")
      .matchAll(/\b([A-Z][A-Z0-9_]+)\s*=\s*(0x[0-9a-f]+|\d+)/g),
  ].map(([, name, value]) => [name, Number(value)]),
);

const upper = (name: string): string => name.replaceAll(/([A-Z0-9])/g, "_$1").toUpperCase();

test.each([
  ["TYPE_", format.elementTypes],
  ["KERNEL_", format.kernels],
  ["REDUCE_", format.reductions],
  ["TILE_", format.tile],
])("the numbers %s... are those of native/program.h", (prefix, table) => {
  const names = new Map([...numbers].map(([name, value]) => [name.replaceAll("_", ""), value]));
  for (const [name, value] of Object.entries(table)) {
    expect(names.get((prefix + upper(name)).replaceAll("_", "")), name).toBe(value);
  }
});

test("every kernel, kind of reduction and type of native/program.h has a name here", () => {
  const count = (prefix: string): number =>
    [...numbers.keys()].filter((name) => name.startsWith(prefix) && name !== "KERNEL_COUNT").length;
  expect(Object.keys(format.kernels)).toHaveLength(count("KERNEL_"));
  expect(Object.keys(format.reductions)).toHaveLength(count("REDUCE_"));
  expect(Object.keys(format.elementTypes)).toHaveLength(count("TYPE_"));
});

test("header and limits are those of native/program.h", () => {
  expect(format.programFormat).toBe(numbers.get("PROGRAM_FORMAT"));
  expect(format.header.length).toBe(numbers.get("PROGRAM_HEADER"));
  expect(format.operandUnit).toBe(numbers.get("OPERAND_UNIT"));
  expect(format.limits).toEqual({
    tile: numbers.get("TILE"),
    tileDims: numbers.get("TILE_DIMS"),
    registers: numbers.get("TILE_REGISTERS"),
    accesses: numbers.get("TILE_ACCESSES"),
    instructions: numbers.get("TILE_INSTRUCTIONS_MOST"),
    reductions: numbers.get("TILE_REDUCTIONS"),
    reduceParts: numbers.get("TILE_REDUCE_PARTS"),
    moveDims: numbers.get("MOVE_DIMS"),
  });
});
