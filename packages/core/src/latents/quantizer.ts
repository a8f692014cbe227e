import type * as tf from "@tensorflow/tfjs-core";
import type { Random } from "../random/random.ts";
import type { StepContext } from "../step/context.ts";
import type { NoiseSpecs } from "../step/noise.ts";
import type { Part } from "../step/part.ts";
import type { Terms } from "../step/terms.ts";

/** What a quantizer makes of vectors `[B, ..., D]`. */
export interface Quantized {
  /** The chosen vectors, `[B, ..., D]`, without any gradient to what was quantized. */
  readonly rows: tf.Tensor;
  /** int32 `[B, ...]`, or `[B, ..., n]` for n indices per vector (depths, heads). */
  readonly indices: tf.Tensor;
  /** Named and unweighted: `[B]` each, sums over positions and dimensions, or one figure of the batch. */
  readonly losses: Terms;
  /**
   * What gets the gradient of the rows in their place, `[B, ..., D]`, differentiable; default: what was quantized. The scheme
   * puts one straight-through copy around the whole, whose value is the rows, so that quantizers compose.
   */
  readonly through?: tf.Tensor;
  /** KL(q(k|x) || uniform) in nats per example, `[B]`; default: one code for certain, `log K` for every index. */
  readonly rate?: tf.Tensor;
  /** What was compared with what, where distances between them mean something; default: what was quantized, and the rows. */
  readonly compared?: Compared | "nothing";
  /** What the parts of a composed quantizer were given and made of it, for {@link Quantizer.update}. */
  readonly parts?: readonly { readonly z: tf.Tensor; readonly result: Quantized }[];
}

/** Vectors and the codes that they were compared with, `[B, ..., d]` both. */
export interface Compared {
  readonly z: tf.Tensor;
  readonly rows: tf.Tensor;
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
  /** Noise for every vector: the scheme puts its grid before these shapes, `[B, ...grid, ...shape]`. */
  readonly vectorNoise?: NoiseSpecs;
  /** The names of the losses, and the weights that they have unless a model says otherwise. */
  readonly weights?: Readonly<Record<string, number>>;
  /** Whether the first indices of a vector mean something without the others, as those of a residual quantizer do. */
  readonly hasPrefixes?: boolean;
  quantize(z: tf.Tensor, context: StepContext): Quantized;
  /** The vectors of indices, equal to `rows` bit for bit. */
  lookup(indices: tf.Tensor): tf.Tensor;
  /** Random vectors `[draws, B, ..., D]` of a quantizer whose posterior is no single code, differentiable; default: the rows. */
  draw?(result: Quantized, context: StepContext): tf.Tensor;
  /** Assigns to `state`, traced, once per training step, after the gradients. */
  update?(result: Quantized, z: tf.Tensor, context: StepContext): void;
  /** A start from vectors `[n, D]` of training examples; gives the vectors that they are replaced by then. */
  initialize?(vectors: Float32Array, random: Random): Float32Array;
}
