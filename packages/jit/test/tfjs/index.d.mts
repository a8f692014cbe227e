/** One of TF.js's own tests after it ran. */
export interface TestResult {
  /** Path of the test file below dist, without the ending. */
  readonly file: string;
  readonly name: string;
  readonly status: "passed" | "failed" | "pending";
  /** The TF.js kernels that it ran. */
  readonly kernels: readonly string[];
  /** The first failed expectation. */
  readonly message: string;
}

/** What a run gives. */
export interface TestRun {
  /** Names of all kernels that the compiler covers. */
  readonly covered: readonly string[];
  readonly results: readonly TestResult[];
}

/** Runs TF.js's own tests, those whose name contains the filter, against the compiler. */
export function runTests(filter?: string, engine?: "native" | "wasm" | "onnx"): Promise<TestRun>;
/** Why a failed test need not pass; undefined when it should. */
export function reasonFor(
  test: TestResult,
): { readonly covered: boolean; readonly reason: string } | undefined;
/** Passed and all tests by file. */
export function countByFile(
  results: readonly TestResult[],
): Map<string, { readonly passed: number; readonly tests: number }>;
/** The text of COVERAGE.md. */
export function coverageTable(run: TestRun): string;
/** Passed tests by file out of the text of COVERAGE.md. */
export function parsePassed(markdown: string): Map<string, number>;
