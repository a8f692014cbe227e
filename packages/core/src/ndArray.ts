import * as tf from "@tensorflow/tfjs-core";
import type { NdArray, TypedArray } from "@elbo/jit";
import { describeValue } from "./arguments.ts";
import { sizeOf } from "./shape.ts";

/** Where an argument was given, for messages. */
interface Where {
  readonly fn: string;
  readonly name: string;
}

const isTypedArray = (value: unknown): value is TypedArray =>
  value instanceof Uint8Array || value instanceof Float32Array || value instanceof Int32Array;

/** What to do with numbers in an array of another kind. */
const advice = (data: unknown): string =>
  Array.isArray(data) || ArrayBuffer.isView(data) ? "; Float32Array.from(data) makes one" : "";

/**
 * Takes an NdArray as it is, and reads a tensor's values once.
 *
 * @throws TypeError when it is neither, RangeError when shape and number of values disagree
 */
export async function toNdArray({ fn, name }: Where, input: unknown): Promise<NdArray> {
  if (input instanceof tf.Tensor) {
    const tensor = input as tf.Tensor;
    const data: unknown = await tensor.data();
    if (!isTypedArray(data)) {
      throw new TypeError(
        `${fn}: ${name} must be a float32, int32 or bool tensor, got ${tensor.dtype}`,
      );
    }
    return { data, shape: [...tensor.shape] };
  }
  const array = input as Partial<NdArray> | null | undefined;
  if (typeof array !== "object" || array === null || !("data" in array && "shape" in array)) {
    throw new TypeError(
      `${fn}: ${name} must be a tf.Tensor or { data, shape }, got ${describeValue(input)}`,
    );
  }
  if (!isTypedArray(array.data)) {
    throw new TypeError(
      `${fn}: data of ${name} must be a Uint8Array, Float32Array or Int32Array, got ${describeValue(array.data)}${advice(array.data)}`,
    );
  }
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
  if (sizeOf(shape) !== array.data.length) {
    throw new RangeError(
      `${fn}: ${name} of shape [${shape.join(", ")}] must have ${sizeOf(shape)} values, got ${array.data.length}`,
    );
  }
  return { data: array.data, shape };
}
