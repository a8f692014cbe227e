import { assertInteger, type NdArray } from "@elbo/core";
import type { CodeFactorTable } from "../measures/mutualInformation.ts";

/**
 * A Hinton diagram of a table of codes by factors, such as DCI's importances or mutual information: a cell for each entry, row by row,
 * with a white square on black whose area is the entry's share of the largest one.
 *
 * @param table `[J][K]`, entries at least 0
 * @param options `size`: pixels of a cell's side, default 16
 * @returns `[J x K, size, size, 1]`, values in [0, 1]; lay them out in rows of K
 * @throws RangeError for entries that are negative or not finite
 */
export function hintonCells(table: CodeFactorTable, { size = 16 } = {}): NdArray<Float32Array> {
  const fn = "hintonCells";
  assertInteger({ fn, name: "size" }, size, { min: 4 });
  const entries = table.flat();
  const bad = entries.find((entry) => !(entry >= 0 && Number.isFinite(entry)));
  if (bad !== undefined)
    throw new RangeError(`${fn}: entries must be finite and at least 0, got ${bad}`);
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
