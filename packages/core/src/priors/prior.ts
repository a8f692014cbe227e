import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { Trainable } from "../step/trainable.ts";

/** Options of {@link Prior.sample}. */
export interface PriorSampleOptions extends ComputeOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Divides the logits (codes) or scales the deviation (vectors); default 1. */
  readonly temperature?: number;
}

/** Codes without an input: what `model.sample(n, { prior })` takes. Learned ones are trainables too. */
export interface Prior {
  readonly kind: string;
  /** Codes as `encode` gives them, `[count, ...]`. */
  sample(count: number, options?: PriorSampleOptions): Promise<NdArray>;
}

/** Codes and what was predicted for them. */
export interface CodePass {
  /** int32 `[B, T]` */
  readonly codes: tf.Tensor;
  /** `[B, T, K]` */
  readonly logits: tf.Tensor;
}

/** A prior over integer codes that draws one after the other. */
export interface CodePrior extends Trainable<CodePass>, Prior {
  /** Shape of the codes of one example, such as `[7, 7]`; T positions in row-major order. */
  readonly positions: readonly number[];
  /** K */
  readonly codebookSize: number;
  /** `[B, T, K]` of codes `[B, T]`; position t may see codes before t only. */
  logits(codes: tf.Tensor, context: StepContext): tf.Tensor;
}
