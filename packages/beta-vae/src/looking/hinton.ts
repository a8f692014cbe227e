import { readOptions, rules, type NdArray, type OptionTable } from "@elbo/core";
import { assertTable } from "../measures/mutualInformation.ts";
import type { CodeFactorTable } from "../measures/mutualInformation.ts";

/** Options of {@link hintonCells}. */
export interface HintonOptions {
  /** Pixels of a cell's side, at least 4; default 16. */
  readonly size?: number;
}

const options = {
  size: { rule: rules.integer({ min: 4 }), default: 16 },
} satisfies OptionTable<HintonOptions>;

/**
 * A Hinton diagram of a table of codes by factors, such as DCI's importances or mutual information: a cell for each entry, row by row,
 * with a white square on black whose area is the entry's share of the largest one.
 *
 * @param table `[J][K]`, entries at least 0
 * @returns `[J x K, size, size, 1]`, values in [0, 1]; lay them out in rows of K
 * @throws RangeError for entries that are negative or not finite
 */
export function hintonCells(
  table: CodeFactorTable,
  given: HintonOptions = {},
): NdArray<Float32Array> {
  const fn = "hintonCells";
  const { size } = readOptions(fn, options, given);
  assertTable(fn, table);
  const entries = table.flat();
  const largest = Math.max(...entries, 0);
  const data = new Float32Array(entries.length * size * size);
  entries.forEach((entry, cell) => {
    const side = largest > 0 ? (size - 2) * Math.sqrt(entry / largest) : 0;
    const [from, to] = [(size - side) / 2, (size + side) / 2];
    /** How much of a pixel lies inside, in one direction. */
    const inside = (at: number): number => Math.max(0, Math.min(at + 1, to) - Math.max(at, from));
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) data[(cell * size + y) * size + x] = inside(x) * inside(y);
    }
  });
  return { data, shape: [entries.length, size, size, 1] };
}
