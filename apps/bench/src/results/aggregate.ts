import type { SeedResult, Summary } from "./schema.ts";
import { columns } from "./columns.ts";

/**
 * Mean and spread of values over seeds: mean = sum x / n, standard deviation = sqrt(sum (x - mean)^2 / (n - 1)).
 *
 * @param values one per seed, at least one
 * @returns the standard deviation is null for one value: one seed says nothing about the spread
 * @throws RangeError without values
 */
export function summarize(values: readonly number[]): Summary {
  const n = values.length;
  if (n === 0) throw new RangeError("summarize: values must hold at least one number, got none");
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  if (n === 1) return { mean, standardDeviation: null, n };
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardDeviation: Math.sqrt(squares / (n - 1)), n };
}

/**
 * Every column of the table over the seeds of one model; a column that no seed has is left out.
 *
 * @param seeds results of one model
 */
export function summarizeColumns(seeds: readonly SeedResult[]): Record<string, Summary> {
  const summaries: Record<string, Summary> = {};
  for (const column of columns) {
    const values = seeds
      .map((seed) => column.value(seed))
      .filter((value): value is number => value !== undefined && Number.isFinite(value));
    if (values.length > 0) summaries[column.key] = summarize(values);
  }
  return summaries;
}
