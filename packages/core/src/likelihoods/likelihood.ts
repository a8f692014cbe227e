import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { ArgumentName } from "@elbo/common";
import { sumPerExample } from "../distributions/distribution.ts";
import type { Distribution } from "../distributions/distribution.ts";
import type { Random } from "../random/random.ts";
import type { Columns, ColumnSpec } from "../step/columns.ts";
import type { NoiseKind } from "../step/noise.ts";
import type { Part } from "../step/part.ts";

/** Where a row goes in a batch, and which row it is. */
export interface RowPlace {
  /** Index of the row's first value in the buffer. */
  readonly at: number;
  /** The row of the values that the reader was made of. */
  readonly index: number;
  /** The row of the data set, where the reader was made of a part of it; what is drawn for a row goes by it. */
  readonly row?: number;
}

/** The values of a column's training rows, as they were given. */
export interface ColumnValues {
  /** Goes once over all of them, `[part, ...shape]` after `[part, ...shape]`, in an order that is always the same. */
  forEachPart(visit: (values: NdArray) => void): Promise<void>;
}

/** Values of one column, checked, that a batch is cut from. */
export interface ColumnReader {
  /** Writes one row; without a generator values as they are (grey), with one as the likelihood wants them (binarized). */
  fillRow(out: Float32Array | Int32Array, place: RowPlace, random?: Random): void;
  /** Sentences about values that are probably not what was meant; the trainer says them once, before the first step. */
  readonly warnings?: readonly string[];
  /** What is added to the sentence about a run whose values did not stay finite. */
  readonly remedy?: string;
}

/**
 * p(x | z) of one column of the example, as a function of what the decoder gives.
 *
 * Made for a shape: `bernoulliLikelihood([28, 28, 1])`, `categoricalLikelihood([20], { classes: 40 })`.
 */
export interface Likelihood extends Part {
  /** What is fed, per example. */
  readonly column: ColumnSpec;
  /** Shape per example of what the decoder gives: `[h, w, c * parameters]`; the first c channels are mean or logits. */
  readonly parameterShape: readonly number[];
  /**
   * Checks the values of a data set and says how rows are prepared: scaled, binarized.
   *
   * @param at the function and the column, for messages
   * @param values `[count, ...shape]`
   * @throws TypeError or RangeError in one sentence for values that it does not explain
   */
  reader(at: ArgumentName, values: NdArray): ColumnReader;
  /** Float input of an encoder, `[B, ...input.shape]`, from the fed column `[B, ...shape]`; default the column itself. */
  readonly input?: {
    readonly shape: readonly number[];
    of(values: tf.Tensor): tf.Tensor;
  };
  /** Per value, leading axes kept: decoded `[..., ...parameterShape]`. */
  distribution(decoded: tf.Tensor): Distribution;
  /** `log p(x|z)`, `[..., B]`, nats, of decoded `[..., B, ...parameterShape]`; default: the distribution's, summed over the column's axes. */
  logProb?(decoded: tf.Tensor, values: tf.Tensor, batch: Columns): tf.Tensor;
  /** Shape per example of the distribution's mean; default that of the column. */
  readonly meanShape?: readonly number[];
  /** The noise per example that a draw of x is made from, by the distribution's `sample`; absent: x is not drawn. */
  readonly drawNoise?: { readonly kind: NoiseKind; readonly shape: readonly number[] };
  /** What the decoder gives and an activation at its end would bend, such as `"logits"`; absent: any end will do. */
  readonly unbounded?: string;
  /** 1 where a value is there and 0 where it is missing, of the fed column; absent: all are there. */
  observed?(values: tf.Tensor): tf.Tensor;
  /** Learns from the training rows, into `state`, before step 0; once: what is learnt stays. */
  fit?(training: ColumnValues): Promise<void>;
}

/** What a model explains: a likelihood for every column of an example; usually one, `x`. */
export type ExampleSpec = Readonly<Record<string, Likelihood>>;

/**
 * `log p(x|z)` of a column, `[..., B]`, nats: the likelihood's own, or its distribution's summed over the column's axes.
 *
 * @param decoded `[..., B, ...parameterShape]`, such as `[K, B, h, w, c]`
 * @param values `[B, ...shape]`; `batch` holds all columns
 */
export function logLikelihoodOf(
  likelihood: Likelihood,
  decoded: tf.Tensor,
  batch: { readonly values: tf.Tensor; readonly columns: Columns },
): tf.Tensor {
  const { parameterShape } = likelihood;
  if (likelihood.logProb !== undefined) {
    return likelihood.logProb(decoded, batch.values, batch.columns);
  }
  const perValue = likelihood.distribution(decoded).logProb(batch.values);
  return sumPerExample(perValue, decoded.rank - parameterShape.length);
}

/** The parameters' shape for a distribution of two parameters per value: `[..., 2 c]`, or `[2]` for one number. */
export const doubled = (shape: readonly number[]): readonly number[] =>
  shape.length === 0 ? [2] : [...shape.slice(0, -1), 2 * shape[shape.length - 1]];

/** Half of the parameters of {@link doubled} in the column's own shape: one number has no axis. */
export function withoutLastAxis(tensor: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return shape.length === 0 ? tf.reshape(tensor, tensor.shape.slice(0, -1)) : tensor;
}
