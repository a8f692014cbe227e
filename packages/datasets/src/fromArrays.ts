import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { arrayTable, assemble, partsOf } from "./arrays.ts";
import type { ArrayOptions, ArraySplit } from "./arrays.ts";
import type { Dataset } from "./dataset.ts";

/** What {@link fromArrays} may be told about the arrays. */
export interface FromArraysOptions extends ArrayOptions {
  /** The test split; without it a part of the examples becomes the test split. */
  readonly test?: ArraySplit;
}

const table = {
  ...arrayTable,
  test: { rule: rules.any<ArraySplit>(), default: undefined },
} satisfies OptionTable<FromArraysOptions>;

/**
 * A set from arrays of your own. With a test split given, or with `testFraction: 0`, arrays of bytes and 32-bit floats are used as
 * they are; otherwise the examples are dealt out by the seed and copied.
 *
 * @param split examples: `data` in row-major order, any kind of array (pixels that are whole numbers from 0 to 255 become bytes,
 * everything else 32-bit floats of the same value), `shape` `[count, height, width, channels]`, `[count, height, width]` or
 * `[count, features]`, for signals `[count, length, channels]` with `layout: "nlc"`, and where there are any `labels` (numbers, booleans, names, or one-hot as `{ data, shape }`) or `factors`
 * @param options test split or the part that becomes one (0.1), seed (0), layout, names
 * @throws TypeError for arrays of another kind, RangeError when sizes do not fit each other or a value is not finite
 */
export function fromArrays(split: ArraySplit, options: FromArraysOptions = {}): Dataset {
  const caller = "fromArrays";
  readOptions(caller, table, options);
  const { test } = options;
  return assemble(
    {
      caller,
      train: { split, names: partsOf(caller, "split") },
      isOwn: false,
      ...(test === undefined ? {} : { test: { split: test, names: partsOf(caller, "test") } }),
    },
    options,
  );
}
