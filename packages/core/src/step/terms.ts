import type * as tf from "@tensorflow/tfjs-core";

/**
 * One term of a loss in nats: per example `[B]`, a sum over the example's dimensions; or one figure of the whole batch
 * (total correlation, MMD, covariances), which is only ever computed on full batches.
 */
export type Term = tf.Tensor | { readonly ofBatch: tf.Tensor };

/** Terms by name. */
export type Terms = Readonly<Record<string, Term>>;

/** Whether a term is one figure of the whole batch. */
export function isOfBatch(term: Term): term is { readonly ofBatch: tf.Tensor } {
  return "ofBatch" in term;
}
