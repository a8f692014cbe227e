import type { NdArray } from "@elbo/jit";
import type { ArgumentName } from "@elbo/common";
import type { ColumnValues } from "../likelihoods/likelihood.ts";
import { takeRows, toNdArray } from "../ndArray.ts";
import { sizeOf } from "../shape.ts";
import { fingerprint } from "./fingerprint.ts";
import { isStored, StagedArray, storedFingerprint } from "./storedArray.ts";

/** Where the values of a column come from: an array in memory, or one in files. */
export interface ColumnSource {
  readonly count: number;
  /** All values, or a sample of those in files: what they are like. */
  readonly known: NdArray;
  /** Reads rows that are in files. */
  readonly staged?: StagedArray;
  /** A text that differs when the values do; see {@link fingerprint}. */
  fingerprint(): string;
}

/**
 * A column as people hand it in.
 *
 * @throws TypeError or RangeError for what is neither an array nor a stored one
 */
export async function columnSource(at: ArgumentName, given: unknown): Promise<ColumnSource> {
  if (!isStored(given)) {
    const known = await toNdArray(at, given);
    return {
      known,
      count: known.shape[0],
      fingerprint: () => fingerprint({ [at.name]: known }),
    };
  }
  const staged = new StagedArray(at, given);
  const known = await staged.sample();
  return {
    known,
    staged,
    count: staged.count,
    fingerprint: () => `${at.name} ${storedFingerprint(given, known)}`,
  };
}

/** Values in a part: few enough that they stay in the cache. */
const partSize = 2 ** 16;

/** The values of some rows, part after part, the same parts wherever they lie. */
export function valuesOf(
  { known, staged }: Pick<ColumnSource, "known" | "staged">,
  indices: Int32Array,
): ColumnValues {
  const row = sizeOf(known.shape.slice(1));
  const rows = Math.max(1, Math.floor(partSize / row));
  return {
    async forEachPart(visit) {
      for (let start = 0; start < indices.length; start += rows) {
        const part = indices.subarray(start, start + rows);
        if (staged === undefined) visit(takeRows(known, part));
        else {
          const { values, release } = await staged.load(part);
          const next = indices.subarray(start + rows, start + 2 * rows);
          if (next.length > 0) staged.prefetch(next);
          visit(values);
          release();
        }
      }
    },
  };
}
