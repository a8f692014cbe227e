/** Arrays of any kind as a data set: the one place where it is decided what they may be. */
import { describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { checkSplit } from "./checkSplit.ts";
import type { PartNames } from "./checkSplit.ts";

export type { PartNames };
import type { Dataset, DatasetNames, Split } from "./dataset.ts";
import { readLabels } from "./labels.ts";
import type { LabelsLike } from "./labels.ts";
import { channelsLast, isChannelsFirst, isSignal, layoutOption, toAxes } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { splitTable, toDataset } from "./select.ts";
import type { SplitOptions } from "./select.ts";
import { isNumbers, toValues } from "./values.ts";
import type { Numbers } from "./values.ts";

/** Examples as they come, with what is known about each of them. */
export interface ArraySplit {
  /** Values in row-major order. */
  readonly data: Numbers;
  /** `[count, height, width, channels]`, `[count, height, width]` or `[count, features]`; signals, with a layout, `[count, length, channels]`. */
  readonly shape: readonly number[];
  /** Class of each example. */
  readonly labels?: LabelsLike;
  /** Generating factors of each example as indices into their grids: `[count, factors]`. */
  readonly factors?: Numbers;
}

/** What arrays may be told to be. */
export interface ArrayOptions extends SplitOptions, DatasetNames {
  /** Where the channels of images stand; last by default, and then there must be 1 to 4. `"nlc"` or `"ncl"` for signals. */
  readonly layout?: Layout;
}

/** Names of classes, factors, columns. */
export const namesOption = { rule: rules.list(rules.text()), default: undefined };

/** {@link ArrayOptions} as a table. */
export const arrayTable = {
  ...splitTable,
  classNames: namesOption,
  factorNames: namesOption,
  factorSizes: { rule: rules.sizes(), default: undefined },
  columnNames: namesOption,
  layout: layoutOption,
} satisfies OptionTable<ArrayOptions>;

/** The names of the parts of an argument, `fromArrays: test.labels` for example. */
export function partsOf(caller: string, argument: string): PartNames {
  const of = (part: string): string => `${caller}: ${argument}.${part}`;
  return {
    split: `${caller}: ${argument}`,
    data: of("data"),
    shape: of("shape"),
    labels: of("labels"),
    factors: of("factors"),
  };
}

/** A split and how its parts are called. */
export interface NamedSplit {
  readonly split: ArraySplit;
  readonly names: PartNames;
}

function checkShape(shape: unknown, length: number, { data, shape: name }: PartNames): void {
  if (!Array.isArray(shape)) {
    throw new TypeError(`${name} must be a list of sizes, got ${describeValue(shape)}`);
  }
  shape.forEach((size: unknown, axis) => {
    if (Number.isSafeInteger(size) && Number(size) >= 1) return;
    throw new RangeError(
      `${name}[${String(axis)}] must be an integer at least 1, got ${describeValue(size)}`,
    );
  });
  const product = (shape as number[]).reduce((total, size) => total * size, 1);
  if (product !== length) {
    throw new RangeError(
      `${data} must hold ${String(product)} values for shape ${describeValue(shape)}, got ${String(length)}`,
    );
  }
}

/** A split without its labels, which are numbered together with those of the other one. */
function toSplit({ split, names }: NamedSplit, layout: Layout | undefined): Split {
  if (typeof split !== "object" || (split as unknown) === null) {
    throw new TypeError(
      `${names.split} must be an object { data, shape }, got ${describeValue(split)}`,
    );
  }
  const { data, shape, factors } = split;
  const isImage = Array.isArray(shape) && shape.length > 2 && !isSignal(layout);
  const values = toValues(data, { isImage, name: names.data });
  checkShape(shape, values.length, names);
  const axes = toAxes(shape, layout, names.shape);
  return {
    data: isChannelsFirst(shape, layout) ? channelsLast(values, axes) : values,
    shape: axes,
    ...(factors === undefined ? {} : { factors: toFactors(factors, names.factors) }),
  };
}

function toFactors(factors: unknown, name: string): Int32Array {
  if (factors instanceof Int32Array) return factors;
  if (!isNumbers(factors)) {
    throw new TypeError(`${name} must be an array of integers, got ${describeValue(factors)}`);
  }
  const indices = new Int32Array(factors.length);
  for (let i = 0; i < factors.length; i++) {
    const value = Number(factors[i]);
    indices[i] = value;
    if (indices[i] !== value) {
      throw new RangeError(
        `${name} must be whole numbers of 32 bits, got ${String(factors[i])} at ${String(i)}`,
      );
    }
  }
  return indices;
}

/** What the public function knows besides the arrays. */
export interface Assembly {
  readonly caller: string;
  readonly train: NamedSplit;
  readonly test?: NamedSplit | undefined;
  /** Whether the arrays belong to nobody else, so that their rows may be moved. */
  readonly isOwn: boolean;
  readonly columnNames?: readonly string[] | undefined;
}

/**
 * A set from arrays.
 *
 * @param assembly arrays, and whose they are
 * @param options how they are named and divided
 * @throws TypeError for arrays of another kind, RangeError when sizes do not fit each other or a value is not finite
 */
export function assemble(
  { caller, train, test, isOwn, columnNames }: Assembly,
  options: ArrayOptions,
): Dataset {
  const { name = "arrays", layout, factorNames, factorSizes } = options;
  if (factorSizes !== undefined && factorSizes.length !== factorNames?.length) {
    throw new RangeError(
      `${caller}: factorSizes must have one size per factor name, got ${describeValue(factorSizes)}`,
    );
  }
  const named = [train, ...(test ? [test] : [])];
  const bare = named.map((each) => toSplit(each, layout));
  const { splits, classNames } = withLabels(bare, named, options.classNames);
  const names: DatasetNames = {
    ...(classNames ? { classNames } : {}),
    ...(factorNames ? { factorNames } : {}),
    ...(factorSizes ? { factorSizes } : {}),
    ...(columnNames ? { columnNames } : {}),
  };
  splits.forEach((split, i) => {
    checkSplit(split, names, named[i].names);
  });
  const [all, own] = splits;
  if (own !== undefined) checkAlike(all, own, caller);
  return toDataset({ name, all, isOwn, names, ...(own ? { test: own } : {}) }, options, caller);
}

function withLabels(
  splits: readonly Split[],
  named: readonly NamedSplit[],
  known: readonly string[] | undefined,
): { splits: readonly Split[]; classNames: readonly string[] | undefined } {
  const given = named.map(({ split }) => split.labels);
  const wanted = given.flatMap((labels, i) =>
    labels === undefined
      ? []
      : [{ labels, count: splits[i].shape[0], name: named[i].names.labels, i }],
  );
  if (wanted.length === 0) return { splits, classNames: known };
  const { labels, classNames } = readLabels(wanted, known);
  const at = new Map(wanted.map(({ i }, k) => [i, labels[k]]));
  return {
    splits: splits.map((split, i) => {
      const own = at.get(i);
      return own === undefined ? split : { ...split, labels: own };
    }),
    classNames,
  };
}

function checkAlike(split: Split, test: Split, caller: string): void {
  const [ours, theirs] = [split.shape.slice(1), test.shape.slice(1)];
  if (ours.length !== theirs.length || ours.some((size, i) => size !== theirs[i])) {
    throw new RangeError(
      `${caller}: test examples must have the shape ${describeValue(ours)} of the training examples, got ${describeValue(theirs)}`,
    );
  }
  for (const key of ["labels", "factors"] as const) {
    if ((split[key] === undefined) !== (test[key] === undefined)) {
      throw new RangeError(
        `${caller}: training and test examples must both have ${key} or both have none, got them in one only`,
      );
    }
  }
  if (split.data.constructor !== test.data.constructor) {
    throw new TypeError(
      `${caller}: test data must be of the kind of the training data, ${describeValue(split.data)}, got ${describeValue(test.data)}`,
    );
  }
}
