import type { KernelTime } from "@elbo/jit";

/** What one kernel took on operands of one set of sizes. */
export interface ProfileRow {
  readonly kernel: string;
  /** `1x128x784x400, 5 instructions`. */
  readonly sizes: string;
  /** How often it runs per step. */
  readonly calls: number;
  /** ms per step. */
  readonly ms: number;
  /** Floating-point operations of products per step. */
  readonly operations: number;
  /** Bytes read and written per step, each once per call. */
  readonly bytes: number;
}

/** Calls of one kernel and one set of sizes added up, the longest first. */
export function profileRows(times: readonly KernelTime[]): ProfileRow[] {
  return sumsBy(
    times.map((time) => ({ ...time, calls: 1 })),
    ({ kernel, sizes }) => `${kernel} ${sizes}`,
  );
}

/** Rows of one kernel added up, the longest first. */
export function byKernel(rows: readonly ProfileRow[]): ProfileRow[] {
  return sumsBy(
    rows.map((row) => ({ ...row, sizes: "" })),
    ({ kernel }) => kernel,
  );
}

function sumsBy(rows: readonly ProfileRow[], keyOf: (row: ProfileRow) => string): ProfileRow[] {
  const sums = new Map<string, ProfileRow>();
  for (const row of rows) {
    const key = keyOf(row);
    const sum = sums.get(key);
    sums.set(
      key,
      sum === undefined
        ? row
        : {
            ...sum,
            calls: sum.calls + row.calls,
            ms: sum.ms + row.ms,
            operations: sum.operations + row.operations,
            bytes: sum.bytes + row.bytes,
          },
    );
  }
  return [...sums.values()].sort((a, b) => b.ms - a.ms);
}
