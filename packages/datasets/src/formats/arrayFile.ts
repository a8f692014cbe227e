import type { Numbers } from "../values.ts";
import type { TextArray } from "./textArray.ts";

/** An array as a file stores it, before anybody decided what it means. */
export interface StoredArray {
  readonly data: Numbers | TextArray;
  /** Sizes of the axes, the last one varying fastest. */
  readonly shape: readonly number[];
}

/** How many bytes a shape needs, or infinity when that is more than a JavaScript integer counts. */
export function byteSize(shape: readonly number[], itemBytes: number): number {
  const bytes = shape.reduce((product, size) => product * size, itemBytes);
  return Number.isSafeInteger(bytes) ? bytes : Number.POSITIVE_INFINITY;
}
