import type * as tf from "@tensorflow/tfjs-core";
import type { Value } from "../graph/value.ts";

/** What a kernel is called with: the recorded inputs and the constant attributes of a TF.js kernel. */
export interface KernelCall {
  /** The TF.js kernel name. */
  readonly name: string;
  /** The input of that name. */
  readonly input: (name: string) => Value;
  /** The input of that name, if it was given. */
  readonly optional: (name: string) => Value | undefined;
  /** All inputs in order, for kernels that take a list. */
  readonly inputs: readonly Value[];
  /** The attributes under their TF.js names. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Records one TF.js kernel as operations of the graph. */
export type Kernel = (call: KernelCall) => Value | readonly Value[];

/** Kernels by their TF.js names; one table per family. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** A tensor as TF.js hands it to a kernel. */
export type TensorInfo = tf.TensorInfo;
