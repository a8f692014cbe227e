import type { DType, TypedArray } from "../../types.ts";
import { sizeOf } from "../shape.ts";
import { makeValue, type Value } from "../value.ts";

/** A named feed. */
export function feed(name: string, type: { shape: readonly number[]; dtype: DType }): Value {
  return makeValue({ op: "feed", inputs: [], attributes: { name } }, type);
}

/** The value of declared variable number `index` before the step. */
export function state(index: number, type: { shape: readonly number[]; dtype: DType }): Value {
  return makeValue({ op: "state", inputs: [], attributes: { index } }, type);
}

/** Values known while tracing; the array is kept, not copied. */
export function constant(data: TypedArray, shape: readonly number[], dtype: DType): Value {
  if (data.length !== sizeOf(shape)) {
    throw new RangeError(
      `internal: constant of shape [${shape.join(", ")}] must hold ${sizeOf(shape)} values, got ${data.length}`,
    );
  }
  return makeValue({ op: "constant", inputs: [], data }, { shape, dtype });
}

/** A constant of shape []. */
export function scalar(value: number, dtype: DType = "float32"): Value {
  return constant(arrayFor(dtype, [value]), [], dtype);
}

/** The classes of arrays that element types are stored in. */
export const arrayKinds = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** A typed array of the element type that a dtype is stored in. */
export function arrayFor(dtype: DType, source: number | ArrayLike<number>): TypedArray {
  const kind = arrayKinds[dtype];
  return typeof source === "number" ? new kind(source) : new kind(source);
}
