import * as tf from "@tensorflow/tfjs-core";

/** The same values, through which no gradient flows back: a constant of the loss. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  const identity = tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => tf.zerosLike(dy),
  }));
  return identity(x) as T;
}
