import { existsSync, readFileSync } from "node:fs";

/** What a step's tests came to. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/**
 * The counts in a report of vitest's JSON reporter. A run that failed without a failing test (a file that could not
 * be imported, an error outside of tests, no report at all) counts as one failure.
 */
export function countTests(report: string, exitCode: number): TestCount {
  if (!existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(readFileSync(report, "utf8")) as VitestReport;
  const failed = Math.max(counts.numFailedTests, exitCode === 0 ? 0 : 1);
  const skipped = counts.numPendingTests + counts.numTodoTests;
  return { passed: counts.numPassedTests, failed, skipped };
}
