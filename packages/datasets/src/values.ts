import { describeValue } from "@elbo/common";

/** Numbers as they come: every kind of array that is taken. */
export type Numbers =
  | Uint8Array
  | Uint8ClampedArray
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

/** Kinds of {@link Numbers}, for messages. */
const kinds =
  "Uint8Array, Uint8ClampedArray, Int8 to Int32, Uint16 to BigUint64, Float32 or Float64 array";

/** Whether a value is an array of numbers. */
export function isNumbers(value: unknown): value is Numbers {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** Largest whole number up to which a 32-bit float holds all. */
const largestExact = 2 ** 24;

/**
 * Numbers as the values of examples. Bytes and 32-bit floats stay what they are, in the same memory. All others become 32-bit
 * floats of the same value, except the pixels of images in whole numbers from 0 to 255, which are bytes.
 *
 * @param data any kind of array
 * @param isImage whether the values are pixels
 * @param name argument, for messages
 * @throws TypeError for what is no array of numbers, RangeError for whole numbers beyond 2^24, which a float does not hold
 */
export function toValues(
  data: unknown,
  { isImage, name }: { isImage: boolean; name: string },
): Uint8Array | Float32Array {
  if (!isNumbers(data)) {
    throw new TypeError(`${name} must be a ${kinds}, got ${describeValue(data)}`);
  }
  if (data instanceof Uint8Array || data instanceof Float32Array) return data;
  if (data instanceof Uint8ClampedArray) {
    return new Uint8Array(data.buffer, data.byteOffset, data.length);
  }
  if (data instanceof Float64Array) return new Float32Array(data);
  let [least, most] = [Infinity, -Infinity];
  for (let i = 0; i < data.length; i++) {
    const value = Number(data[i]);
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const isBytes = isImage && least >= 0 && most <= 255;
  if (least < -largestExact || most > largestExact) {
    throw new RangeError(
      `${name} must be from -2^24 to 2^24 where it is whole numbers, got ${String(most > largestExact ? most : least)}`,
    );
  }
  const values = isBytes ? new Uint8Array(data.length) : new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = Number(data[i]);
  return values;
}
