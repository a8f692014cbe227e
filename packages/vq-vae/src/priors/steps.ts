/** What priors that go step by step have in common. */
import type { NdArray, StepProgram } from "@elbo/core";
import type { Conditioning } from "./conditioning.ts";

/** What is given, to `condition` `[B, h, w, C]`; run once per walk. */
export function conditionProgram({ given, map }: Conditioning): StepProgram {
  const feeds = Object.fromEntries(
    Object.entries(given).map(([name, { shape }]) => [
      name,
      { shape: [null, ...shape], dtype: "int32" as const },
    ]),
  );
  return {
    feeds: { ...feeds, rows: { shape: [null] } }, // says the batch where nothing is given
    run: (fed) => ({ condition: map(fed, fed["rows"].shape[0]) }),
  };
}

/** The values of a float output. */
export const floatsOf = ({ data }: NdArray): Float32Array => data as Float32Array;

/** `length` values from `from` on of each row of `size`. */
export interface RowPart {
  readonly size: number;
  readonly from: number;
  readonly length: number;
}

/** Copies a part of every row of `values`. */
export function copyParts<T extends Float32Array | Int32Array>(
  out: T,
  values: T,
  { size, from, length }: RowPart,
): void {
  for (let at = from, to = 0; to < out.length; at += size, to += length) {
    out.set(values.subarray(at, at + length), to);
  }
}
