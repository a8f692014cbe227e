import type * as tf from "@tensorflow/tfjs-core";
import type { Graph } from "../graph/value.ts";
import type {
  CallOptions,
  Device,
  EngineName,
  KernelTime,
  NdArray,
  TracedFunction,
  TypedArray,
} from "../types.ts";
import type { Turn } from "./queue.ts";

/** A feed of known shape. */
export interface FeedType {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
}

/** What an engine makes a program from. */
export interface ProgramRequest {
  readonly fn: TracedFunction;
  readonly feeds: readonly FeedType[];
  readonly state: readonly tf.Variable[];
  /** The function as a graph; traced when first asked for. */
  readonly graph: () => Graph;
}

/** A function made ready for one set of feed shapes. */
export interface Program {
  /**
   * Runs one step: computes the named outputs, by default all, and advances the state. Feeds were checked by the caller, arrays that take
   * results were not. Tasks before it may still be under way; it waits for its turn to be alone where that matters.
   */
  run(
    feeds: Readonly<Record<string, TypedArray>>,
    options: CallOptions,
    turn: Turn,
  ): Promise<Record<string, NdArray>>;
  /** Times of its kernel calls; the first call switches the measurement on. Engines without kernels of ours have none. */
  profile?(): readonly KernelTime[];
  dispose(): void;
}

/** The error for an output that the function does not return. */
export function unknownOutput(name: string, known: readonly string[]): RangeError {
  return new RangeError(
    `jit: an output asked for must be one of ${known.join(", ")}, got "${name}"`,
  );
}

/** Something that runs functions. */
export interface Engine {
  readonly name: EngineName;
  readonly device: Device;
  /** What it computes with, such as `avx2`; empty where the engine does not say. */
  readonly instructionSet: string;
  /** Threads inside one operator that programs use now. */
  readonly threads: number;
  prepare(request: ProgramRequest): Promise<Program>;
}
