/** Mutual information of discrete columns by counting, in nats. */
import { describeValue } from "@elbo/core";
import type { Columns } from "./representation.ts";

/** Bins of equal width from the smallest to the largest value; a constant column has one bin. */
export function binned(values: Float64Array, bins: number): Int32Array {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const width = (high - low) / bins;
  if (!(width > 0)) return new Int32Array(values.length);
  return Int32Array.from(values, (value) => {
    // The edges are those of a linear spacing; a value on an edge belongs to the bin above, the largest to the last.
    let bin = Math.min(bins - 1, Math.floor((value - low) / width));
    while (bin + 1 < bins && value >= low + (bin + 1) * width) bin++;
    while (bin > 0 && value < low + bin * width) bin--;
    return bin;
  });
}

/** `I(a; b) = sum p(a, b) ln(p(a, b) / p(a) p(b))` of two columns of small integers, in nats. */
export function mutualInformation(a: Int32Array, b: Int32Array): number {
  const rows = maximum(a) + 1;
  const columns = maximum(b) + 1;
  const joint = new Float64Array(rows * columns);
  const ofA = new Float64Array(rows);
  const ofB = new Float64Array(columns);
  for (let i = 0; i < a.length; i++) {
    joint[a[i] * columns + b[i]]++;
    ofA[a[i]]++;
    ofB[b[i]]++;
  }
  let sum = 0;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const count = joint[r * columns + c];
      if (count > 0) sum += count * Math.log((count * a.length) / (ofA[r] * ofB[c]));
    }
  }
  return Math.max(0, sum / a.length);
}

/** Entropy of a column of small integers, in nats. */
export function entropy(values: Int32Array): number {
  const counts = new Float64Array(maximum(values) + 1);
  for (const value of values) counts[value]++;
  let sum = 0;
  for (const count of counts) if (count > 0) sum -= count * Math.log(count / values.length);
  return sum / values.length;
}

const maximum = (values: Int32Array): number => values.reduce((a, b) => Math.max(a, b), 0);

/** A table of J codes by K factors. */
export type CodeFactorTable = readonly (readonly number[])[];

/** @throws TypeError or RangeError for what is no table of finite numbers of at least 0 */
export function assertTable(fn: string, table: CodeFactorTable): void {
  if (!Array.isArray(table) || !table.every(Array.isArray)) {
    throw new TypeError(`${fn}: table must be a list of rows, got ${describeValue(table)}`);
  }
  const widths = new Set(table.map((row) => row.length));
  if (widths.size !== 1 || widths.has(0)) {
    throw new RangeError(
      `${fn}: table must be rows of one length, got rows of ${describeValue([...widths])}`,
    );
  }
  const bad = (table.flat() as number[]).find((entry) => !(entry >= 0 && Number.isFinite(entry)));
  if (bad !== undefined)
    throw new RangeError(`${fn}: entries must be finite and at least 0, got ${bad}`);
}

/**
 * Mutual information of binned codes and factors, `[J][K]`, nats.
 *
 * @param bins of equal width over each code's range; 20 as in disentanglement_lib
 */
export function mutualInformationTable({ codes, factors }: Columns, bins = 20): CodeFactorTable {
  return codes.map((code) => {
    const discrete = binned(code, bins);
    return factors.map((factor) => mutualInformation(discrete, factor));
  });
}
