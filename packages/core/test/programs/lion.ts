/** Lion (Chen et al. 2023, arXiv:2302.06675, algorithm 2): the sign of an interpolated momentum. */
import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer } from "@elbo/core";

export interface LionOptions {
  readonly learningRate?: number;
  readonly beta1?: number;
  readonly beta2?: number;
}

export const lion = ({
  learningRate = 1e-4,
  beta1 = 0.9,
  beta2 = 0.99,
}: LionOptions = {}): Optimizer => ({
  kind: "lion",
  options: { learningRate, beta1, beta2 },
  slots: ["m"],
  update({ variable, gradient, slots: { m } }) {
    const direction = tf.sign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
    return {
      variable: tf.sub(variable, tf.mul(direction, learningRate)),
      m: tf.add(tf.mul(m, beta2), tf.mul(gradient, 1 - beta2)),
    };
  },
});
