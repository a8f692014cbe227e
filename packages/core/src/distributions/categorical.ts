import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "./distribution.ts";

/** Independent choices among K; a dimension is one choice, so results lack the last axis of the logits. */
export interface Categorical extends Distribution {
  readonly kind: "categorical";
  /** `[B, ..., K]` */
  readonly logits: tf.Tensor;
  /** Log probabilities, `[B, ..., K]`. */
  logProbabilities(): tf.Tensor;
  entropy(): tf.Tensor;
}

/**
 * Categorical with probabilities `softmax(logits)` over the last axis.
 *
 * `logProb` takes indices (int32, `[B, ...]`) or one-hot rows (float32, `[B, ..., K]`) and gives `[B, ...]`; `sample` takes Gumbel
 * noise `[B, ..., K]` and gives indices, `argmax(logits + noise)`; `mean` is the probabilities.
 *
 * @throws RangeError when the logits have no dimension to choose along
 */
export function categorical({ logits }: { readonly logits: tf.Tensor }): Categorical {
  if (logits.rank === 0) {
    throw new RangeError("categorical: logits must have a last axis of choices, got []");
  }
  const choices = logits.shape[logits.rank - 1];
  const logProbabilities = (): tf.Tensor => tf.logSoftmax(logits);
  return {
    kind: "categorical",
    noise: "gumbel",
    logits,
    logProbabilities,
    logProb(x) {
      const oneHot = x.dtype === "int32" ? tf.oneHot(x, choices, 1, 0, "float32") : x;
      return tf.sum(tf.mul(oneHot, logProbabilities()), -1);
    },
    sample: (noise) => tf.argMax(tf.add(logits, noise), -1),
    mean: () => tf.softmax(logits),
    /** The indices of the largest logits, `[B, ...]`. */
    mode: () => tf.argMax(logits, -1),
    entropy: () => tf.neg(tf.sum(tf.mul(tf.softmax(logits), logProbabilities()), -1)),
  };
}

/** KL(q || p) per choice, in nats: `sum_k q_k (ln q_k - ln p_k)`. */
export function categoricalKl(q: Categorical, p: Categorical): tf.Tensor {
  const difference = tf.sub(q.logProbabilities(), p.logProbabilities());
  return tf.sum(tf.mul(tf.softmax(q.logits), difference), -1);
}
