import type * as tf from "@tensorflow/tfjs-core";
import type { Random } from "../random/random.ts";
import type { StepContext } from "../step/context.ts";
import type { Part } from "../step/part.ts";

/** What a quantizer makes of vectors `[B, ..., D]`. */
export interface Quantized {
  /**
   * The chosen vectors, `[B, ..., D]`, without any gradient to what was quantized: the scheme puts one straight-through (or
   * rotation) around the whole, so that quantizers compose.
   */
  readonly rows: tf.Tensor;
  /** int32 `[B, ...]`, or `[B, ..., n]` for n indices per vector (depths, heads). */
  readonly indices: tf.Tensor;
  /** Named and unweighted, `[B]` each: sums over positions and dimensions. */
  readonly losses: Readonly<Record<string, tf.Tensor>>;
  /** The results of the parts of a composed quantizer, for {@link Quantizer.update}. */
  readonly parts?: readonly Quantized[];
}

/**
 * Replaces vectors by codes. The last axis is the code; a quantizer knows no grid. `quantize` is pure, `update` moves the
 * state. B is the batch, D the dimensions of a code.
 */
export interface Quantizer extends Part {
  /** Codes per index axis: `[512]`, or `[64, 64]` for two depths or heads. */
  readonly codebookSize: readonly number[];
  /** D */
  readonly codeDim: number;
  /** Values of `state` that count as parameters of the model (an EMA codebook), default 0. */
  readonly stateParameters?: number;
  quantize(z: tf.Tensor, context: StepContext): Quantized;
  /** The vectors of indices, equal to `rows` bit for bit. */
  lookup(indices: tf.Tensor): tf.Tensor;
  /** Assigns to `state`, traced, once per training step, after the gradients. */
  update?(result: Quantized, z: tf.Tensor, context: StepContext): void;
  /** A start from vectors `[n, D]` of training examples. */
  initialize?(vectors: Float32Array, random: Random): void;
}
