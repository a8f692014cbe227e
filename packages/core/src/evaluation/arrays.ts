/** What measures take: lists of numbers and matrices of any type, checked, as float64. */
import { describeValue } from "@elbo/common";
import type { ArgumentName } from "@elbo/common";
import type { ArrayLikeData, LabelsLike } from "../data/examples.ts";
import { toTypedArray } from "../ndArray.ts";
import type { Matrix } from "../numeric/matrix.ts";
import { sizeOf } from "../shape.ts";

/** One number per example: a list, a typed array, or an array `[n]` or `[n, 1]` with a shape. */
export type NumbersLike = readonly number[] | ArrayBufferView | ArrayLikeData;

/**
 * One finite number per example, as float64; a `Float64Array` is taken as it is.
 *
 * @param count how many there must be; default: any number above 0
 * @throws TypeError for what is no list of numbers, RangeError for another number of them or one that is not finite
 */
export function numbersOf(at: ArgumentName, given: unknown, count?: number): Float64Array {
  const values = float64Of(at, Array.isArray(given) ? given : listIn(at, given));
  if (values.length === 0) {
    throw new RangeError(`${at.fn}: ${at.name} must hold at least one number, got none`);
  }
  if (count !== undefined && values.length !== count) {
    throw new RangeError(
      `${at.fn}: ${at.name} must be ${count}, one per example, got ${values.length}`,
    );
  }
  return finite(at, values);
}

function listIn({ fn, name }: ArgumentName, given: unknown): ArrayBufferView {
  if (ArrayBuffer.isView(given)) return given;
  const { data, shape } = (given ?? {}) as Partial<ArrayLikeData>;
  if (data !== undefined && shape?.slice(1).every((size) => size === 1) === true) return data;
  const got = shape === undefined ? describeValue(given) : `the shape [${shape.join(", ")}]`;
  throw new TypeError(`${fn}: ${name} must be one number per example, as a list, got ${got}`);
}

/**
 * A matrix of finite numbers, such as features `[n, F]`.
 *
 * @throws TypeError for what is no array with a shape, RangeError for another rank, no rows, or a number that is not finite
 */
export function matrixOf(at: ArgumentName, given: ArrayLikeData): Matrix {
  const { data, shape } = arrayOf(at, given);
  if (shape.length !== 2 || data.length === 0) {
    throw new RangeError(
      `${at.fn}: ${at.name} must have the shape [n, features], got [${shape.join(", ")}]`,
    );
  }
  return { data: finite(at, data), rows: shape[0], columns: shape[1] };
}

/**
 * An array with a shape, as float64; values may be anything.
 *
 * @throws TypeError for what is none, RangeError when shape and number of values disagree
 */
export function arrayOf(
  at: ArgumentName,
  given: ArrayLikeData,
): { readonly data: Float64Array; readonly shape: readonly number[] } {
  const { data, shape } = (given ?? {}) as Partial<ArrayLikeData>;
  if (data === undefined || !Array.isArray(shape)) {
    throw new TypeError(
      `${at.fn}: ${at.name} must be an array { data, shape }, got ${describeValue(given)}`,
    );
  }
  const values = float64Of(at, data);
  if (sizeOf(shape) !== values.length) {
    throw new RangeError(
      `${at.fn}: ${at.name} of shape [${shape.join(", ")}] must have ${sizeOf(shape)} values, got ${values.length}`,
    );
  }
  return { data: values, shape };
}

function float64Of(at: ArgumentName, data: unknown): Float64Array {
  if (data instanceof Float64Array) return data;
  return Float64Array.from(Array.isArray(data) ? (data as number[]) : toTypedArray(at, data));
}

/** @throws RangeError naming the first value that is not finite */
export function finite({ fn, name }: ArgumentName, values: Float64Array): Float64Array {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new RangeError(`${fn}: values of ${name} must be finite, got ${values[bad]} at ${bad}`);
}

/**
 * One class per example: integers from 0 on.
 *
 * @param classes how many there are; default: one more than the largest
 */
export function classesOf(
  at: ArgumentName,
  labels: LabelsLike,
  { count, classes = Infinity }: { readonly count?: number; readonly classes?: number } = {},
): Int32Array {
  const values = numbersOf(at, labels, count);
  const bad = values.findIndex((x) => !(Number.isInteger(x) && x >= 0 && x < classes));
  if (bad < 0) return Int32Array.from(values);
  throw new RangeError(
    `${at.fn}: ${at.name} must be integers in [0, ${classes === Infinity ? "..." : classes}), got ${values[bad]} at ${bad}`,
  );
}

/** Examples with a mark and without. */
export interface Marks {
  /** 1 where an example has the mark. */
  readonly marked: Uint8Array;
  /** How many have it: some, but not all. */
  readonly count: number;
}

/**
 * One mark per example: `true` or 1, `false` or 0.
 *
 * @throws TypeError or RangeError for another number of marks, for what is no mark, or for marks of one kind only
 */
export function marksOf(
  at: ArgumentName,
  given: NumbersLike | readonly boolean[],
  examples: number,
): Marks {
  const { fn, name } = at;
  const list = Array.isArray(given) ? (given as unknown[]).map(Number) : given;
  const marks = numbersOf(at, list, examples);
  const bad = marks.findIndex((mark) => mark !== 0 && mark !== 1);
  if (bad >= 0) {
    throw new RangeError(
      `${fn}: ${name} must be true or false, 1 or 0, got ${marks[bad]} at ${bad}`,
    );
  }
  const count = marks.reduce((sum, mark) => sum + mark, 0);
  if (count === 0 || count === examples) {
    throw new RangeError(
      `${fn}: ${name} must hold some of both kinds, got ${count} of ${examples} positive`,
    );
  }
  return { marked: Uint8Array.from(marks), count };
}

/** Index of the largest value, the first of several. */
export function largestOf(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** Means of the columns of a matrix. */
export function columnMeans({ data, rows, columns }: Matrix): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < data.length; i++) means[i % columns] += data[i];
  return means.map((sum) => sum / rows);
}

/** The covariance `[F, F]` of the columns of a matrix, divided by `rows - 1`. */
export function covarianceOf(matrix: Matrix, means: Float64Array): Float64Array {
  const { data, rows, columns } = matrix;
  const sums = new Float64Array(columns * columns);
  const row = new Float64Array(columns);
  for (let n = 0; n < rows; n++) {
    for (let j = 0; j < columns; j++) row[j] = data[n * columns + j] - means[j];
    for (let i = 0; i < columns; i++) {
      const x = row[i];
      if (x === 0) continue;
      for (let j = 0; j <= i; j++) sums[i * columns + j] += x * row[j];
    }
  }
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j <= i; j++) {
      sums[i * columns + j] /= rows - 1;
      sums[j * columns + i] = sums[i * columns + j];
    }
  }
  return sums;
}
