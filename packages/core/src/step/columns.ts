import type * as tf from "@tensorflow/tfjs-core";

/** One named column of a batch: the shape of a value per example, and its type. */
export interface ColumnSpec {
  /** Without the batch axis; `[]` for one number per example. */
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
}

/** Specs by the name of the column. */
export type ColumnSpecs = Readonly<Record<string, ColumnSpec>>;

/** The columns of one batch inside a trace, `[B, ...shape]` each. */
export type Columns = Readonly<Record<string, tf.Tensor>>;
