import { describeValue } from "@elbo/common";
import type { StoredArray } from "./formats/arrayFile.ts";
import type { Split } from "./dataset.ts";

/** Where an array comes from, for messages. */
export interface Source {
  readonly caller: string;
  /** The file, and the key in it where there are several. */
  readonly name: string;
}

/**
 * Stored values as examples: unsigned bytes and floats as they are, doubles as floats; images without an axis for
 * channels get one of size 1.
 *
 * @throws TypeError for integers of other sizes, whose scale nobody knows; RangeError for arrays with one axis
 */
export function toExamples(array: StoredArray, { caller, name }: Source): Split {
  const { data, shape } = array;
  if (shape.length < 2) {
    throw new RangeError(
      `${caller}: data must have the axes [count, height, width, channels], [count, height, width] or [count, features], got ${describeValue(shape)} in ${name}`,
    );
  }
  const isImage = shape.length === 3;
  const full = isImage ? [...shape, 1] : shape;
  if (data instanceof Uint8Array || data instanceof Float32Array) return { data, shape: full };
  if (data instanceof Float64Array) return { data: new Float32Array(data), shape: full };
  throw new TypeError(
    `${caller}: data must be uint8, float32 or float64 (convert it when saving), got ${describeValue(data)} in ${name}`,
  );
}

/**
 * Stored integers as labels or factors.
 *
 * @returns `[values]`
 * @throws TypeError for floats, RangeError for integers beyond 32 bits or another number of axes
 */
export function toIndices(array: StoredArray, axes: number, { caller, name }: Source): Int32Array {
  const { data, shape } = array;
  if (shape.length !== axes) {
    throw new RangeError(
      `${caller}: ${name} must have ${String(axes)} ${axes === 1 ? "axis" : "axes"}, got ${describeValue(shape)}`,
    );
  }
  if (data instanceof Float32Array || data instanceof Float64Array) {
    throw new TypeError(`${caller}: ${name} must be integers, got ${describeValue(data)}`);
  }
  const indices = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    indices[i] = Number(data[i]);
    if (indices[i] !== Number(data[i])) {
      throw new RangeError(`${caller}: ${name} must fit 32 bits, got ${String(data[i])}`);
    }
  }
  return indices;
}
