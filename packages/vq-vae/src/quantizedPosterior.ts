import type * as tf from "@tensorflow/tfjs-core";
import type { Quantized } from "@elbo/core";

/** Encoder outputs and what a quantizer made of them. */
export interface QuantizedPosterior extends Quantized {
  /** Encoder outputs `[B, ...grid, D]`. */
  readonly z: tf.Tensor;
}
