import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "./distribution.ts";

/** Independent binary values. */
export interface Bernoulli extends Distribution {
  readonly kind: "bernoulli";
  readonly logits: tf.Tensor;
  entropy(): tf.Tensor;
}

/**
 * Bernoulli with probability `sigmoid(logits)`: `log p(x) = x logits - softplus(logits)`.
 *
 * For grey values between 0 and 1 this is a cross-entropy, not the logarithm of a probability: binarize, or accept that knowingly.
 *
 * @param parameters `logits` `[B, ...]`
 */
export function bernoulli({ logits }: { readonly logits: tf.Tensor }): Bernoulli {
  return {
    kind: "bernoulli",
    noise: "uniform",
    logits,
    logProb: (x) => tf.sub(tf.mul(x, logits), tf.softplus(logits)),
    sample: (noise) => tf.cast(tf.less(noise, tf.sigmoid(logits)), "float32"),
    mean: () => tf.sigmoid(logits),
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
