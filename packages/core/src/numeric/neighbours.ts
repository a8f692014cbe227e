/** Nearest neighbours by squared Euclidean distance, a row at a time: time `n m F`, memory `n`. */
import type { Matrix } from "./matrix.ts";

/** Squared distances from a row of one matrix to all rows of another, into `out`. */
export function distancesInto(
  out: Float64Array,
  { from, row, to }: { readonly from: Matrix; readonly row: number; readonly to: Matrix },
): void {
  const { columns } = from;
  const at = row * columns;
  for (let m = 0; m < to.rows; m++) {
    const other = m * columns;
    let sum = 0;
    for (let j = 0; j < columns; j++) {
      const difference = from.data[at + j] - to.data[other + j];
      sum += difference * difference;
    }
    out[m] = sum;
  }
}

/**
 * The indices of the `k` smallest values, the smallest first, of equal ones the first.
 *
 * @param skip an index that does not count
 */
export function smallest(values: Float64Array, k: number, skip = -1): Int32Array {
  const best = new Int32Array(k).fill(-1);
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    if (i === skip || (found === k && !(values[i] < values[best[k - 1]]))) continue;
    let place = Math.min(found, k - 1);
    for (; place > 0 && values[i] < values[best[place - 1]]; place--) {
      best[place] = best[place - 1];
    }
    best[place] = i;
    if (found < k) found++;
  }
  return best;
}
