import { describeValue } from "@elbo/common";
import { checkOptions, checkSplit } from "./check.ts";
import type { Dataset, DatasetNames, Split } from "./dataset.ts";
import { splitOptionKeys, toDataset } from "./select.ts";
import type { SplitOptions } from "./select.ts";

/** What {@link fromArrays} may be told about the arrays. */
export interface FromArraysOptions extends SplitOptions, DatasetNames {
  /** The test split; without it a part of the examples becomes the test split. */
  readonly test?: Split;
}

/**
 * A set from arrays of your own. With a test split given the arrays are used as they are; otherwise the examples are
 * dealt out by the seed and copied.
 *
 * @param split examples: `data` in row-major order (`Uint8Array` 0 to 255, or `Float32Array`), `shape`
 * `[count, height, width, channels]` or `[count, features]`, and `labels` or `factors` where there are any
 * @param options test split or the part that becomes one (0.1), seed (0), names
 * @throws TypeError for arrays of another kind, RangeError when sizes do not fit each other or a value is not finite
 */
export function fromArrays(split: Split, options: FromArraysOptions = {}): Dataset {
  const caller = "fromArrays";
  const { name = "arrays", test, classNames, factorNames, factorSizes } = options;
  checkOptions(
    options,
    [...splitOptionKeys, "test", "classNames", "factorNames", "factorSizes"],
    caller,
  );
  const names: DatasetNames = {
    ...(classNames ? { classNames } : {}),
    ...(factorNames ? { factorNames } : {}),
    ...(factorSizes ? { factorSizes } : {}),
  };
  if (factorSizes !== undefined && factorSizes.length !== factorNames?.length) {
    throw new RangeError(
      `${caller}: factorSizes must have one size per factor name, got ${describeValue(factorSizes)}`,
    );
  }
  checkSplit(split, names, { caller, name: "split" });
  if (test !== undefined) {
    checkSplit(test, names, { caller, name: "test" });
    checkAlike(split, test);
  }
  return toDataset({ name, all: split, names, ...(test ? { test } : {}) }, options, caller);
}

function checkAlike(split: Split, test: Split): void {
  const [ours, theirs] = [split.shape.slice(1), test.shape.slice(1)];
  if (ours.length !== theirs.length || ours.some((size, i) => size !== theirs[i])) {
    throw new RangeError(
      `fromArrays: test examples must have the shape ${describeValue(ours)} of the training examples, got ${describeValue(theirs)}`,
    );
  }
  for (const key of ["labels", "factors"] as const) {
    if ((split[key] === undefined) !== (test[key] === undefined)) {
      throw new RangeError(
        `fromArrays: training and test examples must both have ${key} or both have none, got them in one only`,
      );
    }
  }
  if (split.data.constructor !== test.data.constructor) {
    throw new TypeError(
      `fromArrays: test.data must be of the kind of the training data, got ${describeValue(test.data)}`,
    );
  }
}
