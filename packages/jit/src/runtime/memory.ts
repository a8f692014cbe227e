/** Memory that kernels compute in, and pieces of it. */
import { arrayKinds } from "../graph/operations/leaves.ts";
import type { DType, TypedArray } from "../types.ts";

/** Something that memory is taken from. */
export interface Memory {
  /** Bytes that it can hand out in all, on a machine that has them. */
  readonly most: number;
  /**
   * Reserves zeroed bytes at an address that is a multiple of 64.
   *
   * @throws RangeError when there is not so much
   */
  allocate(bytes: number): Block;
}

/** A piece of memory. */
export interface Block {
  readonly memory: Memory;
  /** The bytes as they are now; another array after the memory has grown, so do not keep it. */
  bytes(): Uint8Array;
  release(): void;
}

/** Typed values in a piece of memory. */
export interface Region {
  readonly block: Block;
  readonly length: number;
  readonly dtype: DType;
  /** The elements as they are now; do not keep it. */
  view(): TypedArray;
}

/** Ordinary memory of JavaScript, for engines that compute in memory of their own. */
export const heap: Memory = {
  most: Infinity,
  allocate(bytes) {
    const array = new Uint8Array(bytes);
    return {
      memory: heap,
      bytes: () => array,
      release() {
        // The garbage collector's.
      },
    };
  },
};

/** Bytes of `length` elements. */
export function byteLength(dtype: DType, length: number): number {
  return length * (dtype === "bool" ? 1 : 4);
}

/** Elements of a type at a place in bytes. */
export function elementsAt(
  bytes: TypedArray,
  dtype: DType,
  place: { readonly offset: number; readonly length: number },
): TypedArray {
  const kind = arrayKinds[dtype];
  return new kind(bytes.buffer as ArrayBuffer, bytes.byteOffset + place.offset, place.length);
}

/** Reserves room for typed values. */
export function allocateRegion(memory: Memory, dtype: DType, length: number): Region {
  const block = memory.allocate(Math.max(1, byteLength(dtype, length)));
  let seen: Uint8Array | undefined;
  let view: TypedArray;
  return {
    block,
    length,
    dtype,
    view() {
      const bytes = block.bytes();
      if (bytes !== seen) {
        seen = bytes;
        view = elementsAt(bytes, dtype, { offset: 0, length });
      }
      return view;
    },
  };
}
