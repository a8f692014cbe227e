import { describeValue, rules, type ArrayLikeData } from "@elbo/core";

/** Codes of points and the factors that made them: what every measure here is a function of. */
export interface Representation {
  /** `[n, J]`: mean latents, or any other function of the images. */
  readonly codes: ArrayLikeData;
  /** `[n, K]`: classes 0, 1, ... of every factor. */
  readonly factors: ArrayLikeData;
}

/** Options of measures that cut codes into bins. */
export interface BinsOptions {
  /** Bins of equal width over each code's range, at least 2; default 20. */
  readonly bins?: number;
}

/** Options of measures that split or draw points. */
export interface SeedOptions {
  /** Default 0. */
  readonly seed?: number;
}

/** Options that several measures have, as parts of their tables. */
export const measureOptions = {
  bins: { rule: rules.integer({ min: 2 }), default: 20 },
  seed: { rule: rules.integer(), default: 0 },
} as const;

/** A representation by columns, checked. */
export interface Columns {
  readonly count: number;
  /** J columns of n codes. */
  readonly codes: readonly Float64Array[];
  /** K columns of n classes, numbered from 0 in rising order. */
  readonly factors: readonly Int32Array[];
  /** Number of different classes of each factor. */
  readonly classes: readonly number[];
}

/**
 * Takes a representation apart.
 *
 * @throws TypeError or RangeError when the arrays do not fit together, or hold what is not a number or a class
 */
export function columnsOf(fn: string, representation: Representation): Columns {
  const { codes, factors } = representation ?? {};
  const ofCodes = codeColumns(fn, "codes", codes);
  const { values, rows, columns } = matrixOf(fn, "factors", factors);
  const count = ofCodes[0].length;
  if (count !== rows)
    throw new RangeError(
      `${fn}: codes and factors must be of the same points, got ${count} and ${rows}`,
    );
  const renumbered = Array.from({ length: columns }, (_, k) => {
    const classes = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const value = Number(values[i * columns + k]);
      classes[i] = value;
      if (classes[i] === value && value >= 0) continue;
      throw new RangeError(
        `${fn}: factors must be classes 0, 1, ..., got ${value} for factor ${k} of point ${i}`,
      );
    }
    return renumber(classes);
  });
  return {
    count,
    codes: ofCodes,
    factors: renumbered.map((one) => one.values),
    classes: renumbered.map((one) => one.classes),
  };
}

/**
 * J columns of n >= 2 finite numbers of an array `[n, J]`.
 *
 * @param name of the argument, for messages
 */
export function codeColumns(
  fn: string,
  name: string,
  given: ArrayLikeData | undefined,
): Float64Array[] {
  const { values, rows, columns } = matrixOf(fn, name, given);
  if (rows < 2) throw new RangeError(`${fn}: ${name} must be of at least 2 points, got ${rows}`);
  return Array.from({ length: columns }, (_, j) => {
    const column = new Float64Array(rows);
    for (let i = 0; i < rows; i++) column[i] = Number(values[i * columns + j]);
    const bad = column.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return column;
    throw new RangeError(
      `${fn}: ${name} must be finite, got ${column[bad]} in dimension ${j} of point ${bad}`,
    );
  });
}

interface Matrix {
  readonly values: ArrayLike<number | bigint>;
  readonly rows: number;
  readonly columns: number;
}

function matrixOf(fn: string, name: string, given: ArrayLikeData | undefined): Matrix {
  const { data, shape } = (given ?? {}) as { data?: unknown; shape?: unknown };
  const isList = Array.isArray(data) || (ArrayBuffer.isView(data) && !(data instanceof DataView));
  if (!isList || !Array.isArray(shape)) {
    throw new TypeError(
      `${fn}: ${name} must be an array { data, shape }, got ${describeValue(given)}`,
    );
  }
  const values = data as unknown as Matrix["values"];
  const [rows, columns] = shape as number[];
  if (shape.length !== 2 || !(columns >= 1)) {
    throw new RangeError(
      `${fn}: ${name} must have the shape [points, dimensions], got ${describeValue(shape)}`,
    );
  }
  if (values.length !== rows * columns) {
    throw new RangeError(
      `${fn}: ${name} of shape [${rows}, ${columns}] must have ${rows * columns} values, got ${values.length}`,
    );
  }
  return { values, rows, columns };
}

/** Classes that occur, numbered 0, 1, ... in rising order. */
function renumber(values: Int32Array): { values: Int32Array; classes: number } {
  const known = [...new Set(values)].sort((a, b) => a - b);
  const numbers = new Map(known.map((value, i) => [value, i]));
  return { values: values.map((value) => numbers.get(value) ?? 0), classes: known.length };
}

/** The points of every class of a factor. */
export function pointsOfClasses(factor: Int32Array, classes: number): Int32Array[] {
  const lists: number[][] = Array.from({ length: classes }, () => []);
  factor.forEach((value, i) => lists[value].push(i));
  return lists.map((list) => Int32Array.from(list));
}

/** The first part of the points for training a predictor, the rest for testing it; in the order of a permutation. */
export function splitPoints(
  order: Int32Array,
  share = 2 / 3,
): { train: Int32Array; test: Int32Array } {
  const at = Math.floor(order.length * share);
  return { train: order.subarray(0, at), test: order.subarray(at) };
}
