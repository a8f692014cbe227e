import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { countTests } from "../src/testCount.ts";

const folder = mkdtempSync(join(tmpdir(), "elbo-count-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function report(numPassedTests: number, numFailedTests: number): string {
  const file = join(folder, "report.json");
  const counts = { numPassedTests, numFailedTests, numPendingTests: 2, numTodoTests: 1 };
  writeFileSync(file, JSON.stringify(counts));
  return file;
}

describe("countTests", () => {
  it("reads what vitest counted", () => {
    expect(countTests(report(7, 0), 0)).toEqual({ passed: 7, failed: 0, skipped: 3 });
    expect(countTests(report(5, 2), 1)).toEqual({ passed: 5, failed: 2, skipped: 3 });
  });

  it("counts a failed run without a failing test as one failure", () => {
    expect(countTests(report(7, 0), 1)).toEqual({ passed: 7, failed: 1, skipped: 3 });
  });

  it("counts a run that left no report as one failure", () => {
    expect(countTests(join(folder, "none.json"), 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});
