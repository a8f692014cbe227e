import * as tf from "@tensorflow/tfjs-core";

/**
 * Exponential moving average of weights: `a = a + (1 - d) (p - a)` with `d = min(decay, (1 + updates) / (10 + updates))`.
 *
 * The smaller decay of the first updates forgets the initial weights in time; it is the warm-up of TensorFlow's ExponentialMovingAverage.
 */
export const averageRate = (decay: number, updates: number): number =>
  1 - Math.min(decay, (1 + updates) / (10 + updates));

/** The average after an update: `a + rate (p - a)`. */
export const updatedAverage = (
  average: tf.Tensor,
  { variable, rate }: { readonly variable: tf.Tensor; readonly rate: tf.Tensor },
): tf.Tensor => tf.add(average, tf.mul(tf.sub(variable, average), rate));
