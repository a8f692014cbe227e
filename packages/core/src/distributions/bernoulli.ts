import * as tf from "@tensorflow/tfjs-core";
import { asTensor } from "./distribution.ts";
import type { Distribution, Family, Parameter } from "./distribution.ts";

/** Independent binary values. */
export interface Bernoulli extends Distribution {
  readonly kind: "bernoulli";
  readonly logits: tf.Tensor;
  entropy(): tf.Tensor;
}

/** Makes a {@link Bernoulli}, and is the family of all of them. */
export interface BernoulliFamily extends Family<Bernoulli> {
  (parameters: { readonly logits: Parameter }): Bernoulli;
}

/**
 * Bernoulli with probability `sigmoid(logits)`: `log p(x) = x logits - softplus(logits)`.
 *
 * For grey values between 0 and 1 this is a cross-entropy, not the logarithm of a probability: binarize, or accept that knowingly.
 * Draws are 0 or 1 and have no gradient.
 */
export const bernoulli: BernoulliFamily = Object.assign(
  ({ logits }: { readonly logits: Parameter }) => bernoulliOf(asTensor(logits)),
  {
    kind: "bernoulli",
    noise: "uniform" as const,
    parameters: 1,
    of: bernoulliOf,
  },
);

function bernoulliOf(logits: tf.Tensor): Bernoulli {
  return {
    kind: "bernoulli",
    noise: "uniform",
    logits,
    logProb: (x) => tf.sub(tf.mul(x, logits), tf.softplus(logits)),
    sample: (noise) => tf.cast(tf.less(noise, tf.sigmoid(logits)), "float32"),
    mean: () => tf.sigmoid(logits),
    mode: () => tf.cast(tf.greater(logits, 0), "float32"),
    /** `softplus(a) - a sigmoid(a)`; even in a, and free of cancellation for a <= 0. */
    entropy() {
      const a = tf.neg(tf.abs(logits));
      return tf.sub(tf.softplus(a), tf.mul(a, tf.sigmoid(a)));
    },
  };
}

/**
 * KL(q || p) per dimension, in nats: `sigmoid(q) (q - p) - softplus(q) + softplus(p)` of the logits.
 */
export function bernoulliKl(q: Bernoulli, p: Bernoulli): tf.Tensor {
  const linear = tf.mul(tf.sigmoid(q.logits), tf.sub(q.logits, p.logits));
  return tf.add(linear, tf.sub(tf.softplus(p.logits), tf.softplus(q.logits)));
}
