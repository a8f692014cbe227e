import { assertInteger, describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { presentNames } from "./dataset.ts";
import type { Dataset, DatasetNames, Split } from "./dataset.ts";
import { generator } from "./random.ts";

/** Copies rows of an array into an empty one of the same kind. */
function pick<T extends Uint8Array | Int32Array | Float32Array>(
  array: T,
  indices: ArrayLike<number>,
  picked: T,
): T {
  const width = picked.length / indices.length;
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i] * width;
    picked.set(array.subarray(from, from + width), i * width);
  }
  return picked;
}

/** An empty array of the same kind; a Node `Buffer` becomes a plain `Uint8Array`. */
function emptyLike<T extends Uint8Array | Int32Array | Float32Array>(array: T, length: number): T {
  const Kind =
    array instanceof Uint8Array
      ? Uint8Array
      : array instanceof Int32Array
        ? Int32Array
        : Float32Array;
  return new Kind(length) as unknown as T;
}

/**
 * The examples with the given indices, in that order, copied; an index may repeat.
 *
 * @param split examples `[count, ...]`
 * @param indices whole numbers from 0 to `count - 1`
 * @returns examples `[indices.length, ...]` with their labels and factors
 * @throws RangeError when there is no index or one lies outside
 */
export function take(split: Split, indices: ArrayLike<number>): Split {
  const { data, shape, labels, factors } = split;
  const count = shape[0];
  if (indices.length === 0)
    throw new RangeError("take: indices must hold at least one index, got none");
  for (let i = 0; i < indices.length; i++) {
    if (Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < count) continue;
    const name = `indices[${String(i)}]`;
    assertInteger({ fn: "take", name }, indices[i], { min: 0, max: count - 1 });
  }
  return {
    data: pick(data, indices, emptyLike(data, (data.length / count) * indices.length)),
    shape: [indices.length, ...shape.slice(1)],
    ...(labels === undefined
      ? {}
      : { labels: pick(labels, indices, emptyLike(labels, indices.length)) }),
    ...(factors === undefined
      ? {}
      : {
          factors: pick(
            factors,
            indices,
            emptyLike(factors, (factors.length / count) * indices.length),
          ),
        }),
  };
}

/**
 * The examples of some classes, in their order, with their labels unchanged.
 *
 * @param split examples with labels
 * @param classes the label to keep, or several of them
 * @throws TypeError when the split has no labels, RangeError when nothing is left
 */
export function filterByLabel(split: Split, classes: number | readonly number[]): Split {
  if (split.labels === undefined) {
    throw new TypeError("filterByLabel: split must have labels, got none");
  }
  const kept = new Set(typeof classes === "number" ? [classes] : classes);
  const indices: number[] = [];
  split.labels.forEach((label, i) => {
    if (kept.has(label)) indices.push(i);
  });
  if (indices.length === 0) {
    throw new RangeError(
      `filterByLabel: classes must occur among the labels, got ${describeValue(classes)}`,
    );
  }
  return take(split, indices);
}

/** How examples are divided into training and test examples. */
export interface DivideOptions {
  /**
   * Part of the examples that becomes the test split, below 1; 0.1 by default. 0 leaves all of them, in their own order, in the
   * training split, and the test split empty.
   */
  readonly testFraction?: number;
  /** Seed of the division and of the order of the examples; 0 by default. */
  readonly seed?: number;
}

/** {@link DivideOptions} as a table. */
export const divideTable = {
  testFraction: { rule: rules.number({ min: 0, below: 1 }), default: undefined },
  seed: { rule: rules.integer({ min: 0 }), default: 0 },
} satisfies OptionTable<DivideOptions>;

/** Which examples go where, as indices into the undivided set. */
export interface Division {
  readonly train: Int32Array;
  readonly test: Int32Array;
}

/**
 * Deals the numbers 0 to `count - 1` out to a training and a test part in an order drawn by the seed.
 *
 * @param count number of examples, at least 2
 * @param options part of the test split and seed, read by {@link divideTable}
 * @param caller the public function whose arguments these are
 * @throws RangeError when a part would be empty
 */
export function divide(count: number, options: DivideOptions, caller: string): Division {
  const { testFraction = 0.1, seed = 0 } = options;
  if (testFraction === 0) {
    return { train: Int32Array.from({ length: count }, (_, i) => i), test: new Int32Array(0) };
  }
  const rule = "the number of examples to divide (testFraction: 0 leaves them undivided)";
  assertInteger({ fn: caller, name: rule }, count, { min: 2 });
  const order = generator(seed).permutation(count);
  const tests = Math.min(count - 1, Math.max(1, Math.round(count * testFraction)));
  return { train: order.slice(tests), test: order.slice(0, tests) };
}

/** How a set that has no test split of its own is named and divided. */
export interface SplitOptions extends DivideOptions {
  /** Name of the resulting set. */
  readonly name?: string;
}

/** {@link SplitOptions} as a table. */
export const splitTable = {
  ...divideTable,
  name: { rule: rules.text(), default: undefined },
} satisfies OptionTable<SplitOptions>;

/** All that makes a set, before it is divided. */
export interface Undivided {
  readonly name: string;
  readonly all: Split;
  /** Whether the arrays belong to nobody else, so that their rows may be moved. */
  readonly isOwn?: boolean;
  readonly test?: Split;
  readonly names: DatasetNames;
}

/**
 * A set from its examples: with its own test split, or divided by the seed.
 *
 * @param undivided examples, checked
 * @param options how to divide them; refused when the set has a test split of its own
 * @param caller the public function whose arguments these are
 */
export function toDataset(
  { name, all, isOwn = false, test, names }: Undivided,
  options: DivideOptions,
  caller: string,
): Dataset {
  if (test !== undefined) {
    if (options.testFraction !== undefined) {
      throw new TypeError(
        `${caller}: testFraction must be left out when a test split is given, got ${describeValue(options.testFraction)}`,
      );
    }
    return { name, train: all, test, ...presentNames(names) };
  }
  const count = all.shape[0];
  const parts = divide(count, options, caller);
  const tests = parts.test.length;
  if (tests === 0) return { name, train: all, test: rowsOf(all, 0, 0), ...presentNames(names) };
  if (!isOwn) {
    const train = take(all, parts.train);
    return { name, train, test: take(all, parts.test), ...presentNames(names) };
  }
  // A copy would take the memory of the examples once more.
  const order = new Int32Array(count);
  order.set(parts.test);
  order.set(parts.train, tests);
  for (const array of [all.data, all.labels, all.factors]) {
    if (array !== undefined) arrangeInto(array, order);
  }
  return {
    name,
    train: rowsOf(all, tests, count),
    test: rowsOf(all, 0, tests),
    ...presentNames(names),
  };
}

/** The examples from one row to before another, in the same memory. */
function rowsOf({ data, shape, labels, factors }: Split, from: number, to: number): Split {
  const part = <T extends Uint8Array | Int32Array | Float32Array>(array: T): T => {
    const width = array.length / shape[0];
    return array.subarray(from * width, to * width) as T;
  };
  return {
    data: part(data),
    shape: [to - from, ...shape.slice(1)],
    ...(labels === undefined ? {} : { labels: part(labels) }),
    ...(factors === undefined ? {} : { factors: part(factors) }),
  };
}

/** Moves the rows of an array so that row `i` is what row `order[i]` was, along the cycles of the order. */
function arrangeInto(array: Uint8Array | Int32Array | Float32Array, order: Int32Array): void {
  const width = array.length / order.length;
  const isDone = new Uint8Array(order.length);
  for (let start = 0; start < order.length; start++) {
    if (isDone[start] === 1) continue;
    const first = array.slice(start * width, (start + 1) * width);
    let to = start;
    for (let from = order[to]; from !== start; to = from, from = order[to]) {
      array.copyWithin(to * width, from * width, (from + 1) * width);
      isDone[to] = 1;
    }
    array.set(first, to * width);
    isDone[to] = 1;
  }
}
