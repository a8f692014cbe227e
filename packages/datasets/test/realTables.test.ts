/** Tables as pandas and spreadsheets write them; what they hold is what pandas reads. */
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fromCsv } from "../src/index.ts";
import type { Dataset, FromCsvOptions } from "../src/index.ts";

const read = (name: string, options: FromCsvOptions = {}): Promise<Dataset> =>
  fromCsv(fileURLToPath(new URL(`./files/tables/${name}.csv`, import.meta.url)), {
    testFraction: 0,
    ...options,
  });

test("a header that counts its columns, pandas' own, is asked about", async () => {
  await expect(read("pandas-default-header")).rejects.toThrow(
    /^fromCsv: header must be given when the first line counts 0, 1, 2, \.\.\.: true if it names the columns, as pandas writes it, false if it is an example, got \["0", "1", "2"\] in .*pandas-default-header\.csv$/u,
  );
  const { train, columnNames } = await read("pandas-default-header", { header: true });
  expect(train.shape).toEqual([4, 3]);
  expect([...train.data.subarray(0, 3)]).toEqual([0.5, 0.25, 0.75]);
  expect(columnNames).toEqual(["0", "1", "2"]);
  expect((await read("pandas-default-header", { header: false })).train.shape).toEqual([5, 3]);
});

test("an index without a name, pandas' own, is no feature", async () => {
  await expect(read("pandas-default-index")).rejects.toThrow(
    "every column must have a name, got none for column 1 of 3 (pandas writes its index so: drop: [0] leaves it out)",
  );
  const { train, columnNames } = await read("pandas-default-index", { drop: [0] });
  expect(columnNames).toEqual(["a", "b"]);
  expect(train.data).toEqual(Float32Array.of(0.5, 0.25, 0.1, 0.2, 0.4, 0.5, 0.7, 0.8));
});

test("labels 0.0, 2.0, 10.0 and 1.0 are 0, 2, 10 and 1", async () => {
  const { train, classNames } = await read("float-labels", { label: "y" });
  expect([...(train.labels ?? [])]).toEqual([0, 2, 10, 1]);
  expect(classNames).toBeUndefined();
});

test("blanks around labels make no other class", async () => {
  const { train, classNames } = await read("label-blanks", { label: "y" });
  expect(classNames).toEqual(["cat", "dog"]);
  expect([...(train.labels ?? [])]).toEqual([0, 0, 0, 1]);
});

test("bytes of latin1 make no classes that look alike", async () => {
  await expect(read("latin1-labels", { label: "y" })).rejects.toThrow("got other bytes in line 2");
  const { classNames } = await read("latin1-labels", { label: "y", encoding: "latin1" });
  expect(classNames).toEqual(["è", "é"]);
});

test.each<[string, FromCsvOptions, string]>([
  [
    "missing-label",
    { label: "y" },
    'every label must be there, got "" in line 3, column 3 of 3 ("y")',
  ],
  ["hex", {}, 'got "0x1F" in line 2, column 1 of 2 ("a")'],
  ["missing-value", { label: "species" }, 'got "" in line 5, column 2 of 5 ("sepal width (cm)")'],
  ["beyond-float32", {}, 'a finite number of 32 bits, got "1e39" in line 2, column 1 of 2 ("a")'],
  [
    "decimal-comma",
    { delimiter: ";" },
    '"1,5" in line 2, column 1 of 2 ("a") (decimals need a point)',
  ],
  ["bad-value-on-file-line-4", { label: "y" }, 'got "oops" in line 4, column 2 of 3 ("b")'],
  ["bad-value-on-file-line-5", {}, 'got "oops" in line 5, column 2 of 2 ("b")'],
])("%s is refused with line, column and file", async (name, options, message) => {
  await expect(read(name, options)).rejects.toThrow(message);
  await expect(read(name, options)).rejects.toThrow(/^fromCsv: .* in \S+\.csv$/u);
});
