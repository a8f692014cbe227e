/** What planning makes before memory is laid out: steps over buffers. */
import type { kernels } from "./format.ts";
import type { Buffer } from "./view.ts";

/** The name of a kernel. */
export type KernelName = keyof typeof kernels;

/** A place in memory named in an argument; a number is the argument itself. */
export interface OperandRef {
  readonly buffer: Buffer;
  /** In bytes, a multiple of the operand unit. */
  readonly bytes: number;
}

/** An access of a tile program. */
export interface TileAccess {
  readonly buffer: Buffer;
  /** In elements. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** `[operation, destination, a, b, c, e]`. */
export type TileInstruction = readonly [number, number, number, number, number, number];

/** A tile program whose registers are numbered. */
export interface TileProgram {
  readonly dims: readonly number[];
  readonly accesses: readonly TileAccess[];
  readonly registers: number;
  readonly instructions: readonly TileInstruction[];
  /** Leading dimensions that are kept and dimensions after them that are reduced; 0, 0 without reductions. */
  readonly outer: number;
  readonly reduced: number;
  /** Partial sums. */
  readonly scratch?: Buffer;
}

/** An argument of a kernel. */
export type Argument = number | OperandRef | TileProgram;

/** One kernel call. */
export interface Step {
  readonly kernel: KernelName;
  readonly arguments: readonly Argument[];
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  /** Memory of its own while it runs. */
  readonly scratch: readonly Buffer[];
  /** Floating-point operations of products, for a profile. */
  readonly work: number;
}

/** Whether an argument is a tile program. */
export function isTileProgram(argument: Argument): argument is TileProgram {
  return typeof argument === "object" && "instructions" in argument;
}

/** The start of a buffer as an argument. */
export function at(buffer: Buffer): OperandRef {
  return { buffer, bytes: 0 };
}

/** Bytes of an element. */
export function bytesOf({ dtype }: Pick<Buffer, "dtype">): number {
  return dtype === "bool" ? 1 : 4;
}

const words = new DataView(new ArrayBuffer(4));

/** The bits of a float32 as an int32. */
export function floatBits(value: number): number {
  words.setFloat32(0, value);
  return words.getInt32(0);
}
