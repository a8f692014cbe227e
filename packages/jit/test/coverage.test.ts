import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { countByFile, parsePassed, reasonFor, runTests, type TestResult } from "./tfjs/index.mjs";

let results: readonly TestResult[] = [];

beforeAll(async () => {
  ({ results } = await runTests());
}, 300_000);

test("TF.js's own tests pass on the compiler, or it is known why they need not", () => {
  const unexplained = results.filter(
    (result) => result.status === "failed" && reasonFor(result) === undefined,
  );
  expect(unexplained).toEqual([]);
});

test("at least as many of TF.js's tests pass in every file as COVERAGE.md says", () => {
  const table = parsePassed(readFileSync(new URL("../COVERAGE.md", import.meta.url), "utf8"));
  const now = countByFile(results);
  const worse = [...table].filter(([file, passed]) => (now.get(file)?.passed ?? 0) < passed);
  expect(table.size).toBeGreaterThan(150);
  expect(worse).toEqual([]);
});
