/** The arrays that files of weights are read to. */
import { fromBfloat16, fromFloat16 } from "@elbo/common";

/** The arrays that a file can hold here. */
export type StoredArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** An array with its shape. */
export interface StoredTensor {
  readonly data: StoredArray;
  readonly shape: readonly number[];
}

/** How elements of one type are read. */
export interface ElementType {
  /** Size of one element. */
  readonly bytes: number;
  /**
   * The elements of a buffer of their own, little-endian, exactly.
   *
   * @returns undefined when one is an integer beyond 32 bits
   */
  readonly read: (buffer: ArrayBuffer) => StoredArray | undefined;
}

/** 64-bit integers (PyTorch counts batches with them), as long as each fits into 32 bits. */
function fromInt64(buffer: ArrayBuffer): Int32Array | undefined {
  const values = new BigInt64Array(buffer);
  return values.some((value) => BigInt.asIntN(32, value) !== value)
    ? undefined
    : Int32Array.from(values, Number);
}

/** Element types by the names that safetensors gives them. */
export const elementTypes: ReadonlyMap<string, ElementType> = new Map<string, ElementType>([
  ["F64", { bytes: 8, read: (buffer) => new Float64Array(buffer) }],
  ["F32", { bytes: 4, read: (buffer) => new Float32Array(buffer) }],
  ["F16", { bytes: 2, read: (buffer) => fromFloat16(new Uint16Array(buffer)) }],
  ["BF16", { bytes: 2, read: (buffer) => fromBfloat16(new Uint16Array(buffer)) }],
  ["I64", { bytes: 8, read: fromInt64 }],
  ["I32", { bytes: 4, read: (buffer) => new Int32Array(buffer) }],
  ["I16", { bytes: 2, read: (buffer) => Int32Array.from(new Int16Array(buffer)) }],
  ["I8", { bytes: 1, read: (buffer) => Int32Array.from(new Int8Array(buffer)) }],
  ["U8", { bytes: 1, read: (buffer) => new Uint8Array(buffer) }],
  ["BOOL", { bytes: 1, read: (buffer) => new Uint8Array(buffer) }],
]);

/** The elements that some bytes of a file are, copied; undefined when one is an integer beyond 32 bits. */
export function readElements(type: ElementType, bytes: Uint8Array): StoredArray | undefined {
  // `slice` of a Buffer shares memory, so the copy is made of a plain array.
  return type.read(new Uint8Array(bytes).buffer);
}
