import * as tf from "@tensorflow/tfjs-core";
import type { NoiseKind } from "../random/noise.ts";

/**
 * A family of independent distributions, one per element of its parameters.
 *
 * All numbers are in nats and *per dimension*; {@link sumPerExample} makes them per example. Everything is made of
 * plain TF.js operations, so that it can be differentiated and compiled, and nothing draws random numbers by itself.
 */
export interface Distribution {
  readonly kind: string;
  /** The noise that `sample` expects. */
  readonly noise: NoiseKind;
  /** Log density, or log probability of discrete values, with the shape of the parameters broadcast with `x`. */
  logProb(x: tf.Tensor): tf.Tensor;
  /** Draws by transforming noise of kind `noise`, of the shape of the result. */
  sample(noise: tf.Tensor): tf.Tensor;
  /** The expectation, of the shape of the parameters. */
  mean(): tf.Tensor;
  /** Entropy, where it has a closed form. */
  entropy?(): tf.Tensor;
}

/**
 * Sums over all dimensions but the first: per dimension becomes per example.
 *
 * @param values `[B, ...]`
 * @returns `[B]`
 */
export function sumPerExample(values: tf.Tensor): tf.Tensor1D {
  const { rank } = values;
  if (rank === 0) throw new RangeError("sumPerExample: values must have a batch dimension, got []");
  if (rank === 1) return values as tf.Tensor1D;
  const axes = Array.from({ length: rank - 1 }, (_, i) => i + 1);
  return tf.sum(values, axes);
}
