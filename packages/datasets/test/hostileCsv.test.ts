/** Tables that are long or wide beyond measure; memory is measured in processes of their own. */
import { expect, test } from "vitest";
import { fileOf, peakOf } from "./peak.ts";

const small = async (): Promise<number> =>
  (await peakOf("fromCsv", await fileOf("x.csv", Buffer.from("1,2\n3,4\n")))).megabytes;

test("a line of 100 MB of commas is refused by the length of a row", async () => {
  const path = await fileOf("x.csv", Buffer.alloc(1e8, ","));
  const { outcome, megabytes } = await peakOf("fromCsv", path);
  expect(outcome).toContain("a row must have at most 4194304 characters, got more in line 1");
  // 100 MB are the file and 32 MB the references to the fields of one row, which grow by copying.
  expect(megabytes - (await small())).toBeLessThan(450);
});

test.each([
  ["one value", "1\n", 4e6],
  ["two values", "1,2\n", 2e6],
])("millions of rows of %s take a small multiple of their result", async (_, row, count) => {
  const path = await fileOf("x.csv", Buffer.alloc(row.length * count, row));
  const { outcome, megabytes } = await peakOf("fromCsv", path);
  expect(outcome).toBe(`[${String(0.9 * count)},${String(row.length / 2)}]`);
  // The result takes 16 MB; the file, its values undivided and the order of the examples about 60 MB.
  expect(megabytes - (await small())).toBeLessThan(200);
});
