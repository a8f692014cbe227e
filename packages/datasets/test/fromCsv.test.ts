import { expect, test } from "vitest";
import { fromCsv } from "../src/index.ts";
import type { FromCsvOptions } from "../src/index.ts";
import { csvRows } from "../src/formats/csv.ts";

const half = { testFraction: 0.5 } as const;

function file(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("quotes, doubled quotes, line ends inside quotes and both line endings are read", () => {
  expect([...csvRows(file('a,"b,c"\r\n"d ""e""","f\ng"\n\nh,'), ",")]).toEqual([
    { fields: ["a", "b,c"], line: 1 },
    { fields: ['d "e"', "f\ng"], line: 2 },
    { fields: ["h", ""], line: 5 },
  ]);
});

test("a byte-order mark is not part of the first field", () => {
  expect([...csvRows(file("\uFEFF1;2"), ";")]).toEqual([{ fields: ["1", "2"], line: 1 }]);
});

test("a table without header becomes vectors", async () => {
  const { train, test: tests } = await fromCsv(file("1,2.5\n3,-4e1\n"), half);
  expect(train.shape).toEqual([1, 2]);
  expect([...train.data, ...tests.data].sort((a, b) => a - b)).toEqual([-40, 1, 2.5, 3]);
});

test("labels that are names are numbered in alphabetical order", async () => {
  const text = "a,b,kind\n1,2,dog\n3,4,cat\n5,6,dog\n7,8,ant\n";
  const { train, test: tests, classNames } = await fromCsv(file(text), { ...half, label: "kind" });
  expect(classNames).toEqual(["ant", "cat", "dog"]);
  const pairs = [train, tests].flatMap(({ data, labels }) =>
    Array.from(labels ?? [], (label, i) => [data[2 * i], label]),
  );
  expect(pairs.sort()).toEqual([
    [1, 2],
    [3, 1],
    [5, 2],
    [7, 0],
  ]);
});

test("pixels with the label in front, as MNIST is passed around, become images", async () => {
  const text = "7,0,255,1,2\n3,4,5,6,7\n";
  const { train } = await fromCsv(file(text), {
    ...half,
    label: 0,
    shape: [2, 2, 1],
    type: "uint8",
  });
  expect(train.shape).toEqual([1, 2, 2, 1]);
  expect(train.data).toBeInstanceOf(Uint8Array);
  expect([3, 7]).toContain(train.labels?.[0]);
});

test.each<[string, string, FromCsvOptions, string]>([
  ["an empty table", "", {}, "table must have at least one line, got none"],
  [
    "a word among numbers",
    "1,2\n3,x\n",
    {},
    'finite number of 32 bits, got "x" in line 2, column 2 of 2',
  ],
  ["an empty field", "1,2\n3,\n", {}, 'finite number of 32 bits, got "" in line 2'],
  [
    "a short line",
    "1,2\n3\n",
    {},
    "every line must have as many fields as the first (2), got 1 in line 2",
  ],
  ["a value that is no pixel", "1,256\n", { type: "uint8" }, 'from 0 to 255, got "256" in line 1'],
  ["an open quote", '"1,2\n', {}, "a quoted field must end with a quote"],
  ["text after a quote", '"1"2,3\n', {}, "followed by a delimiter"],
  ["an unknown label", "a,b\n1,2\n", { label: "c" }, 'label must be among ["a", "b"], got "c"'],
  [
    "a label beyond the columns",
    "1,2\n",
    { label: 2 },
    "label must be among the 2 columns from 0 on, got 2",
  ],
  ["another shape", "1,2,3\n", { shape: [2, 2] }, "shape [2, 2] must have as many values"],
  ["a long delimiter", "1,2\n", { delimiter: "::" }, "delimiter must be one character"],
  ["a repeated name", "a,a\n1,2\n", { drop: ["a"] }, "must name one column, by its index where"],
  ["columns with the label", "a,b\n1,2\n", { label: "a", columns: ["a"] }, "other than the label"],
  ["columns and drop", "a,b\n1,2\n", { columns: ["a"], drop: ["b"] }, "drop must be left out"],
  ["no column left", "a\n1\n", { drop: ["a"] }, "a column must remain"],
  ["an encoding nobody knows", "1,2\n", { encoding: "klingon" }, 'such as "utf-8" or "latin1"'],
  [
    "another delimiter",
    "a;b\n1;2\n",
    {},
    'got "1;2" in line 2, column 1 of 1 ("a;b") (is the delimiter ";"?)',
  ],
  ["an unknown type", "1,2\n", { type: "int" as never }, 'type must be one of "uint8", "float32"'],
])("%s is refused", async (_, text, options, message) => {
  await expect(fromCsv(file(text), options)).rejects.toThrow(message);
  await expect(fromCsv(file(text), options)).rejects.toThrow(/^fromCsv: /u);
});

test("columns are chosen by name or index, in the order asked for, and keep their names", async () => {
  const text = " id ,a,b,kind\n1,2,3,x\n4,5,6,y\n";
  const whole = { testFraction: 0, label: "kind" } as const;
  const chosen = await fromCsv(file(text), { ...whole, columns: ["b", 1] });
  expect([...chosen.train.data]).toEqual([3, 2, 6, 5]);
  expect(chosen.columnNames).toEqual(["b", "a"]);
  const dropped = await fromCsv(file(text), { ...whole, drop: ["id"] });
  expect([...dropped.train.data]).toEqual([2, 3, 5, 6]);
  expect(dropped.columnNames).toEqual(["a", "b"]);
  expect(dropped.classNames).toEqual(["x", "y"]);
});

test("a first line of numbers with a gap is an example with a gap, not a header", async () => {
  await expect(fromCsv(file("1,,3\n4,5,6\n"))).rejects.toThrow('got "" in line 1, column 2 of 3');
  await expect(fromCsv(file("1,nan,3\n4,5,6\n"))).rejects.toThrow('got "nan" in line 1');
});

test("labels are compared as numbers where all are numbers", async () => {
  const text = "1,10.5\n2,-1\n3,2.5\n4, 2.50\n";
  const { train, classNames } = await fromCsv(file(text), { label: 1, testFraction: 0 });
  expect(classNames).toEqual(["-1", "2.5", "10.5"]);
  expect([...(train.labels ?? [])]).toEqual([2, 0, 1, 1]);
});

test("text of another encoding is read when that is named", async () => {
  const text = Uint8Array.from("1;caf\u00e9\n2;cafe\n", (character) => character.charCodeAt(0));
  const options = { delimiter: ";", label: 1, testFraction: 0 } as const;
  await expect(fromCsv(text, options)).rejects.toThrow(
    'fromCsv: text must be in utf-8 unless encoding is given (such as "latin1"), got other bytes in line 1',
  );
  const { classNames } = await fromCsv(text, { ...options, encoding: "latin1" });
  expect(classNames).toEqual(["cafe", "caf\u00e9"]);
  const wide = new Uint8Array(Uint16Array.from("\ufeff1,2\n", (c) => c.charCodeAt(0)).buffer);
  const set = await fromCsv(wide, { encoding: "utf-16le", testFraction: 0 });
  expect([...set.train.data]).toEqual([1, 2]);
});

test("rows are the same wherever the pieces end in which they are decoded", () => {
  const row = ['a"b', 'x "y",\r\nz', "é€🙂", "", "1"];
  const text = 'a"b,"x ""y"",\r\nz",é€🙂,"",1\r\n';
  for (let shift = 0; shift < 2 * text.length; shift++) {
    const rows = csvRows(file(`${"s".repeat(65_536 - shift)}\n${text}${text}`), ",");
    expect([...rows].slice(1)).toEqual([
      { fields: row, line: 2 },
      { fields: row, line: 4 },
    ]);
  }
});

test("a row longer than a piece is read", () => {
  const fields = Array.from({ length: 100_000 }, (_, i) => String(i));
  expect([...csvRows(file(`${fields.join(",")}\n1,2`), ",")]).toEqual([
    { fields, line: 1 },
    { fields: ["1", "2"], line: 2 },
  ]);
});

test("more different labels than a class can have are refused", async () => {
  const rows = Array.from({ length: 2 ** 20 + 1 }, (_, i) => `1,${String(i)}\n`);
  await expect(fromCsv(file(rows.join("")), { label: 1 })).rejects.toThrow(
    "labels must have at most 1048576 different values",
  );
});
