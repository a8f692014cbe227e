import type * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../distributions/distribution.ts";
import type { NdArray } from "@elbo/jit";
import type { Random } from "../random/random.ts";
import type { Columns, ColumnSpec } from "../step/columns.ts";
import type { Part } from "../step/part.ts";

/** Values of one column, checked, that a batch is cut from. */
export interface ColumnReader {
  /** Writes one row; without a generator values as they are (grey), with one as the likelihood wants them (binarized). */
  fillRow(out: Float32Array | Int32Array, place: { readonly at: number; readonly index: number }, random?: Random): void;
}

/**
 * p(x | z) of one column of the example, as a function of what the decoder gives.
 *
 * Made for a shape: `bernoulli([28, 28, 1])`, `categorical([20], { classes: 40 })`.
 */
export interface Likelihood extends Part {
  /** What is fed, per example. */
  readonly column: ColumnSpec;
  /** Shape per example of what the decoder gives: `[h, w, c * parameters]`; the first c channels are mean or logits. */
  readonly parameterShape: readonly number[];
  /**
   * Checks the values of a data set and says how rows are prepared: scaled, binarized, standardized. Whatever it learnt
   * from the training data is in `learnt`.
   *
   * @throws TypeError or RangeError in one sentence for values that it does not explain
   */
  reader(fn: string, values: NdArray): ColumnReader;
  /** Float input of an encoder, `[B, ...inputShape]`, from the fed column; default the column itself. */
  readonly input?: {
    readonly shape: readonly number[];
    of(values: tf.Tensor): tf.Tensor;
  };
  /** Per value, leading axes kept: decoded `[..., ...parameterShape]`. */
  distribution(decoded: tf.Tensor): Distribution;
  /** `log p(x|z)`, `[..., B]`, nats; default: the distribution's, summed over the column's axes. */
  logProb?(decoded: tf.Tensor, values: tf.Tensor, batch: Columns): tf.Tensor;
  /** Means and scales, categories: what `fit` learnt from training data, kept with the model as JSON. */
  readonly learnt?: Readonly<Record<string, unknown>>;
  /** Learns from the training data, before step 0. */
  fit?(values: NdArray, indices: Int32Array): void;
}
