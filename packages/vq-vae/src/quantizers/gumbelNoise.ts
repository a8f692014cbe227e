import * as tf from "@tensorflow/tfjs-core";

/**
 * Standard Gumbel noise `-log(-log u)` of uniform noise, computed in the step: there are tokens x codes of these numbers, and
 * logarithms are dear outside of it.
 *
 * @param uniform multiples of 2^-24 in [0, 1); they are moved off 0 and 1 by half a multiple
 */
export function gumbelOf(uniform: tf.Tensor): tf.Tensor {
  const u = tf.minimum(tf.add(uniform, 2 ** -25), 1 - 2 ** -24);
  return tf.neg(tf.log(tf.neg(tf.log(u))));
}
