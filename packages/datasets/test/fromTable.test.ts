import { describe, expect, test } from "vitest";
import { fromTable } from "../src/index.ts";
import type { FromTableOptions, TableDataset } from "../src/index.ts";

const read = (text: string, options: FromTableOptions = {}): Promise<TableDataset> =>
  fromTable(new TextEncoder().encode(text), { testFraction: 0, ...options });

const people = [
  "height, smoker ,town,grade,children",
  "1.7,yes,Oslo,good,0",
  "1.8, no,Rome,bad,2",
  ",no,,fair,1",
  "nan,yes,Lima,NA,0",
].join("\n");

test("columns get the kind that their cells have, and cells numbers", async () => {
  const { columns, train } = await read(people);
  expect(columns).toEqual([
    { name: "height", kind: "real", missing: true },
    { name: "smoker", kind: "binary", categories: ["no", "yes"] },
    { name: "town", kind: "categorical", categories: ["Lima", "Oslo", "Rome"], missing: true },
    { name: "grade", kind: "categorical", categories: ["bad", "fair", "good"], missing: true },
    { name: "children", kind: "real" },
  ]);
  expect(train["height"]).toEqual({ data: Float32Array.of(1.7, 1.8, NaN, NaN), shape: [4] });
  expect(train["smoker"].data).toEqual(Float32Array.of(1, 0, 0, 1));
  expect(train["town"].data).toEqual(Int32Array.of(1, 2, -1, 0));
});

test("kinds and orders are those that were asked for", async () => {
  const { columns, train } = await read(people, {
    kinds: { grade: ["bad", "fair", "good"], children: "ordinal" },
    columns: ["children", "grade"],
  });
  expect(columns).toEqual([
    { name: "children", kind: "ordinal", categories: ["0", "1", "2"] },
    { name: "grade", kind: "ordinal", categories: ["bad", "fair", "good"], missing: true },
  ]);
  expect(train["grade"].data).toEqual(Int32Array.of(2, 0, 1, -1));
});

test("counts are numbers without categories", async () => {
  const { columns, train } = await read("visits\n3\n\nNA\n1200\n", { kinds: { visits: "count" } });
  expect(columns).toEqual([{ name: "visits", kind: "count", missing: true }]);
  expect(train["visits"].data).toContain(1200);
  await expect(read("visits\n3\n1.5\n", { kinds: { visits: "count" } })).rejects.toThrow(
    'cells of "visits", which is count, must be counts, whole numbers from 0 on, got "1.5" in line 3',
  );
});

test("numbers that are 0 and 1 are binary however they are written, and other texts may stand for what is missing", async () => {
  const { columns, train } = await read("a,b\n0,x\n1.0,?\n1,y\n", { missing: ["?"] });
  expect(columns[0]).toEqual({ name: "a", kind: "binary", categories: ["0", "1"] });
  expect(columns[1]).toEqual({ name: "b", kind: "binary", categories: ["x", "y"], missing: true });
  expect(train["b"].data).toEqual(Float32Array.of(0, NaN, 1));
});

test("rows are divided as those of every other set, all columns alike", async () => {
  const lines = Array.from({ length: 20 }, (_, i) => `${String(i)},${String(100 + i)}`);
  const { train, test: held } = await read(["a,b", ...lines].join("\n"), {
    testFraction: 0.2,
    seed: 3,
  });
  expect([train["a"].shape, held["b"].shape]).toEqual([[16], [4]]);
  expect(Array.from(train["b"].data)).toEqual(Array.from(train["a"].data, (a) => a + 100));
});

describe("refused in a sentence", () => {
  test.each<[string, string, FromTableOptions, string]>([
    [
      "a constant word",
      "a\nx\nx\n",
      {},
      "a column that is categorical must have 2 to 1000 different values, got 1",
    ],
    ["a word among numbers", "a\n1\nx\n", { kinds: { a: "real" } }, 'got "x" in line 3'],
    [
      "a cell outside of the order",
      "a\nlow\nhigh\n",
      { kinds: { a: ["low", "mid"] } },
      'got "high" in line 3',
    ],
    [
      "an unknown column",
      "a\n1\n",
      { kinds: { b: "real" } },
      'kinds must name columns among ["a"], got "b"',
    ],
    [
      "an empty column",
      "a,b\n1,\n2,\n",
      {},
      'every column must have a cell that is there, got none in "b"',
    ],
    ["a short line", "a,b\n1\n", {}, "got 1 in line 2"],
    ["no rows", "a,b\n", {}, "table must have at least one row"],
    [
      "a strange kind",
      "a\n1\n",
      { kinds: { a: "integer" as "real" } },
      "kinds must be an object of real, count, binary, categorical, ordinal",
    ],
  ])("%s", async (_, text, options, message) => {
    await expect(read(text, options)).rejects.toThrow(message);
    await expect(read(text, options)).rejects.toThrow("fromTable: ");
  });
});
