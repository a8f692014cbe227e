/**
 * @file Readers of columns: what values a likelihood takes, and how a row becomes float32. In images `[height, width, channels]`
 * integers are grey levels, 0 to 255, and become [0, 1]; anywhere else numbers mean what they say.
 */
import type { NdArray, TypedArray } from "@elbo/jit";
import { assertShape } from "@elbo/common";
import type { ArgumentName } from "@elbo/common";
import { sizeOf } from "../shape.ts";
import { levelWriter } from "./greyLevels.ts";
import type { ColumnReader } from "./likelihood.ts";

/** What {@link numbersReader} takes. */
export interface NumbersRule {
  /** Shape per example. */
  readonly shape: readonly number[];
  /** Range of values after scaling, inclusive; default: any finite number. */
  readonly range?: readonly [number, number];
}

/** Images have a height, a width and channels. */
export const isImage = (shape: readonly number[]): boolean => shape.length === 3;

/** Whether integers of a column are grey levels: those of images. */
export const holdsLevels = ({ data, shape }: NdArray): boolean =>
  isImage(shape.slice(1)) && !(data instanceof Float32Array);

/**
 * The reader of real numbers: checks shape and values, scales grey levels of images to [0, 1].
 *
 * @param values `[count, ...shape]`
 * @throws RangeError for another shape, or a value that is not finite or out of range
 */
export function numbersReader(at: ArgumentName, values: NdArray, rule: NumbersRule): ColumnReader {
  const { shape } = rule;
  assertShape(at, values.shape, [null, ...shape]);
  const { data } = values;
  if (holdsLevels(values)) {
    const size = sizeOf(shape);
    assertLevels(at, data);
    const warning = suspicion(at.name, data);
    const write = levelWriter(data);
    return {
      fillRow(out, { at, index }) {
        write(out, { at, from: index * size, size });
      },
      ...(warning === undefined ? {} : { warnings: [warning] }),
    };
  }
  const largest = assertNumbers(at, rule, data);
  return { ...rowsAsTheyAre(data, shape), ...adviceFor(at.name, largest) };
}

/** Large numbers make large losses: said before the first step where they are very large, else when a run goes wrong. */
function adviceFor(name: string, largest: number): Pick<ColumnReader, "warnings" | "remedy"> {
  if (largest <= 10) return {};
  const remedy = `${name} has values as large as ${largest}: standardize them (mean 0, deviation 1)`;
  return largest <= 100 ? { remedy } : { remedy, warnings: [remedy] };
}

/** Int32 images, such as `tf.browser.fromPixels` gives, must hold grey levels too. */
function assertLevels(at: ArgumentName, data: TypedArray): void {
  if (data instanceof Uint8Array) return;
  for (let i = 0; i < data.length; i++) {
    if (data[i] < 0 || data[i] > 255) {
      throw new RangeError(
        `${at.fn}: integers of ${at.name} must be grey levels from 0 to 255, got ${data[i]} at ${i}; floats in [0, 1] mean what they say`,
      );
    }
  }
}

/** The largest magnitude of finite numbers in a range. */
function assertNumbers(
  { fn, name }: ArgumentName,
  { shape, range }: NumbersRule,
  data: ArrayLike<number>,
): number {
  const [min, max] = range ?? [-Number.MAX_VALUE, Number.MAX_VALUE];
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!(value >= min && value <= max)) {
      const wanted = range === undefined ? "be finite" : `lie in [${min}, ${max}]`;
      const way = range === undefined ? "" : wayOut(value, shape);
      throw new RangeError(`${fn}: values of ${name} must ${wanted}, got ${value} at ${i}${way}`);
    }
    const magnitude = Math.abs(value);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

/** What to do about numbers that look like grey levels. */
function wayOut(value: number, shape: readonly number[]): string {
  if (!(value > 1 && value <= 255)) return "";
  return isImage(shape)
    ? "; grey levels from 0 to 255 must be a Uint8Array, or divided by 255"
    : "; divide by 255 if these are grey levels";
}

/** Grey levels that are all 0 or 1 are hardly what was meant. */
function suspicion(name: string, data: TypedArray): string | undefined {
  let largest = 0;
  for (let i = 0; i < data.length; i++) {
    if (data[i] > 1) return undefined;
    if (data[i] > largest) largest = data[i];
  }
  return largest === 0
    ? undefined
    : `${name} holds integers that are all 0 or 1 and are divided by 255: if 1 is white, use Float32Array.from(data), or 0 and 255`;
}

/** Whether some value of a column, scaled, is neither 0 nor 1. */
export function hasGrey(values: NdArray): boolean {
  const { data } = values;
  const white = holdsLevels(values) ? 255 : 1;
  for (let i = 0; i < data.length; i++) if (data[i] !== 0 && data[i] !== white) return true;
  return false;
}

/** What {@link indicesReader} takes. */
export interface IndicesRule {
  readonly shape: readonly number[];
  /** Indices lie in `[0, classes)`. */
  readonly classes: number;
}

/**
 * The reader of choices: integers in `[0, classes)`, of any type of numbers.
 *
 * @param values `[count, ...shape]`
 * @throws RangeError for another shape, or a value that is no such integer
 */
export function indicesReader(
  { fn, name }: ArgumentName,
  values: NdArray,
  { shape, classes }: IndicesRule,
): ColumnReader {
  assertShape({ fn, name }, values.shape, [null, ...shape]);
  const { data } = values;
  for (let i = 0; i < data.length; i++) {
    const value = data[i];
    if (!(Number.isInteger(value) && value >= 0 && value < classes)) {
      throw new RangeError(
        `${fn}: values of ${name} must be integers in [0, ${classes}), got ${value} at ${i}`,
      );
    }
  }
  return rowsAsTheyAre(data, shape);
}

/** Rows of checked values, which are what a likelihood takes already. */
export function rowsAsTheyAre(data: TypedArray, shape: readonly number[]): ColumnReader {
  const size = sizeOf(shape);
  return {
    fillRow(out, { at, index }) {
      const from = index * size;
      for (let i = 0; i < size; i++) out[at + i] = data[from + i];
    },
  };
}
