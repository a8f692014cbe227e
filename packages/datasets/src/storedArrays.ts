import { describeValue } from "@elbo/common";
import type { ArraySplit } from "./arrays.ts";
import type { PartNames } from "./checkSplit.ts";
import type { StoredArray } from "./formats/arrayFile.ts";
import { TextArray } from "./formats/textArray.ts";
import type { Numbers } from "./values.ts";

/** The numbers of a stored array; text is refused. */
function numbersOf({ data }: StoredArray, name: string): Numbers {
  if (!(data instanceof TextArray)) return data;
  throw new TypeError(`${name} must be numbers, got text`);
}

/** Arrays of a file that belong together. */
export interface StoredSplit {
  readonly data: StoredArray;
  readonly labels?: StoredArray | undefined;
  readonly factors?: StoredArray | undefined;
}

/**
 * Arrays of files as a split.
 *
 * @throws TypeError for text as values or factors, RangeError for factors that are not a table
 */
export function splitOf({ data, labels, factors }: StoredSplit, names: PartNames): ArraySplit {
  if (factors !== undefined && factors.shape.length !== 2) {
    throw new RangeError(
      `${names.factors} must have 2 axes, got ${describeValue([...factors.shape])}`,
    );
  }
  return {
    ...examplesOf(data, names),
    ...(labels === undefined ? {} : { labels }),
    ...(factors === undefined ? {} : { factors: numbersOf(factors, names.factors) }),
  };
}

/** An array of a file as examples without labels. */
export function examplesOf(array: StoredArray, names: PartNames): ArraySplit {
  return { data: numbersOf(array, names.data), shape: array.shape };
}
