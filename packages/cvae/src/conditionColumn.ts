import type { ColumnReader, ColumnSpec, JsonObject, NamedVariables } from "@elbo/core";
import type * as tf from "@tensorflow/tfjs-core";
import type { ConditionValues } from "./conditionValues.ts";

/** Where a column is made: its name, and whether its value may be missing. */
export interface ColumnPlace {
  readonly name: string;
  readonly isOptional: boolean;
  readonly seed: number;
}

/** One column of a condition: how what people say of an example is fed, and how that becomes values of the condition's vector. */
export interface ConditionColumn {
  /** `{ kind, ...options }`: what makes it again. */
  readonly json: JsonObject;
  /** What is fed per example; a missing value has a form of its own where the column is optional. */
  readonly column: ColumnSpec;
  /** Shape of a value as people give it: `[]` or `[k]`. */
  readonly shape: readonly number[];
  /** Number of values in the vector. */
  readonly size: number;
  readonly variables?: NamedVariables;
  readonly state?: NamedVariables;
  /**
   * Checks values, and writes them as they are fed.
   *
   * @throws RangeError naming the first value that is none
   */
  reader(at: { readonly fn: string; readonly name: string }, values: ConditionValues): ColumnReader;
  /**
   * The column's part of the vector, `[B, size]`.
   *
   * @param fed `[B, ...column.shape]`
   * @param keep 1 where it is used and 0 where it is dropped, `[B]`; absent: used
   */
  vector(fed: tf.Tensor, keep?: tf.Tensor): tf.Tensor;
  /** The part of a missing value, `[rows, size]`; for optional columns. */
  none(rows: number): tf.Tensor;
  /** Learns from the training rows as they are fed, `[n, ...column.shape]`; once. */
  fit?(fed: Float32Array): void;
}
