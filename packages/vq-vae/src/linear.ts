import * as tf from "@tensorflow/tfjs-core";

/**
 * `x W` over the last axis.
 *
 * @param x `[..., inputs]`
 * @param weight `[inputs, outputs]`
 * @returns `[..., outputs]`
 */
export function linear(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = weight.shape;
  const rows = tf.matMul(tf.reshape(x, [-1, inputs]), weight);
  return tf.reshape(rows, [...x.shape.slice(0, -1), outputs]);
}
