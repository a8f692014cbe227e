import * as tf from "@tensorflow/tfjs-core";
import type { NdArray, TypedArray } from "@elbo/jit";
import { describeValue } from "@elbo/common";
import type { ArgumentName } from "@elbo/common";
import { sizeOf } from "./shape.ts";

/** The kinds of numbers that people hand in, for every message. */
export const acceptedTypes =
  "a typed array (Uint8Array, Uint8ClampedArray, Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array, Float16Array, Float32Array or Float64Array)";

/**
 * Whatever holds numbers as one of three kinds: bytes stay bytes, other integers become int32, floats float32.
 *
 * A `Uint8Array`, `Int32Array` or `Float32Array` is taken as it is, `Uint8ClampedArray` without a copy.
 *
 * @throws TypeError for anything that is no typed array, RangeError for integers beyond int32
 */
export function toTypedArray({ fn, name }: ArgumentName, data: unknown): TypedArray {
  if (data instanceof Uint8Array || data instanceof Int32Array || data instanceof Float32Array) {
    return data;
  }
  if (data instanceof Uint8ClampedArray) {
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  if (data instanceof Int8Array || data instanceof Int16Array || data instanceof Uint16Array) {
    return Int32Array.from(data);
  }
  if (data instanceof Uint32Array || isBigIntArray(data)) return toInt32({ fn, name }, data);
  if (data instanceof Float64Array || isFloat16Array(data)) return Float32Array.from(data);
  const advice = Array.isArray(data) ? "; Float32Array.from(list) makes one" : "";
  throw new TypeError(
    `${fn}: data of ${name} must be ${acceptedTypes}, got ${describeValue(data)}${advice}`,
  );
}

const isBigIntArray = (data: unknown): data is BigInt64Array | BigUint64Array =>
  data instanceof BigInt64Array || data instanceof BigUint64Array;

/** Newer engines have it. */
const isFloat16Array = (data: unknown): data is Float32Array =>
  Object.prototype.toString.call(data) === "[object Float16Array]";

function toInt32(
  { fn, name }: ArgumentName,
  data: Uint32Array | BigInt64Array | BigUint64Array,
): Int32Array {
  const out = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (value < -(2 ** 31) || value >= 2 ** 31) {
      throw new RangeError(
        `${fn}: integers of ${name} must lie in [-2147483648, 2147483647], got ${value} at ${i}`,
      );
    }
    out[i] = value;
  }
  return out;
}

/** A tensor's values: float32, int32, or bool as 0 and 1 in float32. */
async function readTensor({ fn, name }: ArgumentName, tensor: tf.Tensor): Promise<TypedArray> {
  if (tensor.dtype === "string" || tensor.dtype === "complex64") {
    throw new TypeError(
      `${fn}: ${name} must be a float32, int32 or bool tensor, got ${tensor.dtype}`,
    );
  }
  const data = await tensor.data();
  return tensor.dtype === "bool" ? Float32Array.from(data) : data;
}

/**
 * Takes an NdArray, its data in one of the kinds of {@link toTypedArray}, and reads a tensor's values once.
 *
 * @throws TypeError when it is neither, RangeError when shape and number of values disagree
 */
export async function toNdArray({ fn, name }: ArgumentName, input: unknown): Promise<NdArray> {
  if (input instanceof tf.Tensor) {
    const tensor = input as tf.Tensor;
    return { data: await readTensor({ fn, name }, tensor), shape: [...tensor.shape] };
  }
  const array = input as { readonly data?: unknown; readonly shape?: unknown } | null | undefined;
  if (typeof array !== "object" || array === null || !("data" in array && "shape" in array)) {
    throw new TypeError(
      `${fn}: ${name} must be a tf.Tensor or { data, shape }, got ${describeValue(input)}`,
    );
  }
  const data = toTypedArray({ fn, name }, array.data);
  if (!Array.isArray(array.shape)) {
    throw new TypeError(
      `${fn}: shape of ${name} must be a list of sizes, got ${describeValue(array.shape)}`,
    );
  }
  const shape = array.shape as readonly number[];
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new RangeError(
      `${fn}: ${name} must have a shape of non-negative integers, got ${describeValue(shape)}`,
    );
  }
  if (sizeOf(shape) !== data.length) {
    throw new RangeError(
      `${fn}: ${name} of shape [${shape.join(", ")}] must have ${sizeOf(shape)} values, got ${data.length}`,
    );
  }
  return { data, shape };
}

/** Rows `[indices.length, ...]` of an array `[n, ...]`, in the order of `indices`; an array of the same kind. */
export function takeRows({ data, shape }: NdArray, indices: ArrayLike<number>): NdArray {
  const row = shape.slice(1);
  const size = sizeOf(row);
  const out = emptyLike(data, indices.length * size);
  for (let i = 0; i < indices.length; i++) {
    out.set(data.subarray(indices[i] * size, (indices[i] + 1) * size), i * size);
  }
  return { data: out, shape: [indices.length, ...row] };
}

/** An array of the same kind. */
export function emptyLike(data: TypedArray, length: number): TypedArray {
  if (data instanceof Float32Array) return new Float32Array(length);
  return data instanceof Int32Array ? new Int32Array(length) : new Uint8Array(length);
}
