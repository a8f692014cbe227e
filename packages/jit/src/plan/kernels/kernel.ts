import type { Node, Value } from "../../graph/value.ts";
import type { Argument, KernelName, OperandRef, TileProgram } from "../program.ts";
import type { Buffer, View } from "../view.ts";

/** What the kernels of a program are written with. */
export interface KernelWriter {
  /** Where a value's elements lie, as strides. */
  viewOf(value: Value): View;
  /** A value's elements side by side, from an address that an operand can have; copied there if need be. */
  dense(value: Value): OperandRef;
  /** Memory for a result. */
  result(value: Value): Buffer;
  /** Memory for the duration of one step, in elements of four bytes. */
  scratch(elements: number): Buffer;
  step(call: KernelCall): void;
  copy(from: View, to: View): void;
  /** Copies one number everywhere. */
  fill(value: number, to: View): void;
}

/** A step as kernels write it. */
export interface KernelCall {
  readonly kernel: KernelName;
  readonly arguments: readonly Argument[];
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly scratch?: readonly Buffer[];
  readonly work?: number;
}

/** Writes the steps of one operation; products take an epilogue, which then stores what is needed. */
export type KernelRow = (node: Node, writer: KernelWriter, epilogue?: TileProgram) => void;

/** Rows by the names of the graph's operations. */
export type KernelRows = Readonly<Record<string, KernelRow>>;
