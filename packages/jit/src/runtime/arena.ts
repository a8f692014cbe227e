/**
 * One WebAssembly memory for parameters, gradients and optimizer state.
 *
 * ONNX Runtime reads and writes views of it without a copy, and update loops work on it in place. The memory grows when
 * needed, which detaches its `ArrayBuffer`, so a view is asked for at each use and made anew only after growth. Freed
 * regions are kept by size and used again.
 */
import { arrayFor } from "../graph/operations/leaves.ts";
import type { DType, TypedArray } from "../types.ts";

/** A piece of the memory. */
export interface Region {
  /** Byte offset. */
  readonly address: number;
  /** Number of elements. */
  readonly length: number;
  readonly dtype: DType;
  /** The elements as they are now; do not keep it across an allocation. */
  view(): TypedArray;
}

const pageBytes = 65_536;
const alignment = 64;

let memory: WebAssembly.Memory | undefined;
let top = alignment; // address 0 is never handed out
const free = new Map<number, number[]>();

/** The memory itself, for the modules that import it. */
export function sharedMemory(): WebAssembly.Memory {
  memory ??= new WebAssembly.Memory({ initial: 16, maximum: 65_536 });
  return memory;
}

/** Reserves room for `length` elements, zeroed, at an address that is a multiple of 64. */
export function allocate(dtype: DType, length: number): Region {
  const bytes = paddedBytes(dtype, length);
  const address = free.get(bytes)?.pop() ?? grow(bytes);
  const region = makeRegion(address, length, dtype);
  region.view().fill(0);
  return region;
}

/** Gives a region back; its address may be handed out again. */
export function release(region: Region): void {
  const bytes = paddedBytes(region.dtype, region.length);
  const list = free.get(bytes);
  if (list) list.push(region.address);
  else free.set(bytes, [region.address]);
}

/** What a region takes: a multiple of the alignment, and never nothing. */
function paddedBytes(dtype: DType, length: number): number {
  const bytes = length * (dtype === "bool" ? 1 : 4);
  return Math.max(1, Math.ceil(bytes / alignment)) * alignment;
}

function grow(bytes: number): number {
  const { buffer } = sharedMemory();
  const address = top;
  top += bytes;
  if (top > buffer.byteLength) {
    const missing = Math.ceil((top - buffer.byteLength) / pageBytes);
    // Doubling would waste up to half of a large model's memory; a quarter keeps growth rare.
    const extra = Math.min(Math.ceil(buffer.byteLength / 4 / pageBytes), 4096);
    sharedMemory().grow(Math.max(missing, extra));
  }
  return address;
}

function makeRegion(address: number, length: number, dtype: DType): Region {
  let buffer: ArrayBuffer | undefined;
  let cached: TypedArray = arrayFor(dtype, 0);
  return {
    address,
    length,
    dtype,
    view() {
      const now = sharedMemory().buffer;
      if (now !== buffer) {
        buffer = now;
        const kind = cached.constructor as new (
          buffer: ArrayBuffer,
          address: number,
          length: number,
        ) => TypedArray;
        cached = new kind(now, address, length);
      }
      return cached;
    },
  };
}
