import type * as tf from "@tensorflow/tfjs-core";
import type { Columns } from "@elbo/core";
import type { DenseNetworks } from "./dense.ts";

/** Runs a network of the model by its name; leading axes are folded. */
export type Apply = (network: string, x: tf.Tensor) => tf.Tensor;

/** What is known before a token, and the logits of it. */
export interface Stepped {
  /** `[B, V]` */
  readonly logits: tf.Tensor;
  /** `[B, ...]` by name. */
  readonly state: Columns;
}

/**
 * A decoder that goes from token to token, as pure functions of the model's networks: for all positions at once where the tokens are known
 * (teacher forcing), or step by step. Both give the same logits.
 *
 * Tokens come one-hot, `[V + 2]`: the vocabulary with its end, the start of a sequence, and a token that was dropped.
 */
export interface Cell {
  readonly networks: DenseNetworks;
  /** `[B, T, V]` of the tokens before each position, `[B, T, V + 2]`, and latents `[B, L]`. */
  all(apply: Apply, before: tf.Tensor, z: tf.Tensor): tf.Tensor;
  /** Shapes per example of the state, by name. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  /** The state before the first token. */
  start(apply: Apply, z: tf.Tensor): Columns;
  /** From the token before, `[B, V + 2]`. */
  step(apply: Apply, state: Columns, before: tf.Tensor): Stepped;
}
