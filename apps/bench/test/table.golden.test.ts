import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { formatDuration, formatNumber } from "../src/results/format.ts";
import { markdownTable, terminalTable } from "../src/results/table.ts";
import { exampleResults } from "./support/exampleResults.ts";

const golden = (name: string): string =>
  readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8");

describe("the table", () => {
  test("as Markdown equals the one that was read and found right", () => {
    expect(markdownTable(exampleResults())).toBe(golden("table.md.txt"));
  });

  test("on a terminal equals the one that was read and found right", () => {
    expect(`${terminalTable(exampleResults())}\n`).toBe(golden("terminal.txt"));
  });
});

describe("numbers", () => {
  test.each([
    [652824, 0, "652,824"],
    [-250.456, 2, "−250.46"],
    [-0.001, 2, "0.00"],
    [0.01423, 4, "0.0142"],
  ])("%d with %i digits reads %s", (value, digits, text) => {
    expect(formatNumber(value, digits)).toBe(text);
  });

  test.each([
    [8.44, "8.4 s"],
    [59.96, "1 min 00 s"],
    [125.2, "2 min 05 s"],
    [4320, "1 h 12 min"],
  ])("%d seconds read %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
