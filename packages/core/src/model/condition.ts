import type * as tf from "@tensorflow/tfjs-core";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { StepContext } from "../step/context.ts";
import type { Part } from "../step/part.ts";
import type { Rows } from "../step/rows.ts";
import type { ColumnReader } from "../likelihoods/likelihood.ts";

/**
 * What a model is told about an example besides the example: columns that become one vector.
 *
 * Core knows no kind of condition; packages make them (`@elbo/cvae`: classes, attributes, real values).
 */
export interface Condition extends Part {
  readonly columns: ColumnSpecs;
  /** E, the size of the vector. */
  readonly size: number;
  /** The vectors `[B, E]` of a batch; the context has the noise that it asked for, in training (a condition can be dropped). */
  vector(batch: Columns, context: StepContext): tf.Tensor;
  /** The vectors `[rows, E]` of no condition at all, where the model can do without one: what guidance leads away from. */
  none?(rows: number): tf.Tensor;
  /** Learns from the training rows `indices` of its columns (means, scales), into `state`, before step 0; once: what is learnt stays. */
  fit?(rows: Rows, indices: Int32Array): void | Promise<void>;
  /**
   * Checks what people hand in as condition: with the examples (`labels`), or as an option (`label`, `labels`, `condition`).
   *
   * Its readers get a generator in training and evaluation, as likelihoods do: a condition that is not told can be drawn.
   *
   * @param given the examples' own fields and the call's options, by name
   * @param count rows; one value for all is repeated
   */
  readers(
    fn: string,
    given: Readonly<Record<string, unknown>>,
    count: number,
  ): Readonly<Record<string, ColumnReader>>;
  /** Names among examples and options that it understands, for checks of unknown keys: `["labels", "label"]`. */
  readonly accepts: readonly string[];
}
