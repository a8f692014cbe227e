import type * as tf from "@tensorflow/tfjs-core";
import type { Columns } from "../step/columns.ts";
import type { StepContext } from "../step/context.ts";
import type { Networks } from "../step/part.ts";
import type { Terms } from "../step/terms.ts";

/** Latents of one level for one batch. */
export interface Level<Q = unknown> {
  /** What the posterior was made of, `[B, ...features]`. */
  readonly features: tf.Tensor;
  readonly posterior: Q;
  /** `[K, B, ...latent]` */
  readonly z: tf.Tensor;
  /** The scheme's terms; none where the latents are modes. */
  readonly terms: Terms;
}

/** What one way of a batch through a latent model gives. */
export interface Pass {
  readonly batch: Columns;
  /** The root context, noise and scalars by full names, with the condition: `model.pass(batch, { ...context, condition })` goes the way again. */
  readonly context: StepContext;
  /** By level, in the order of inference. */
  readonly levels: Readonly<Record<string, Level>>;
  /** What the decoder gives, `[K, B, ...]`: the likelihoods' parameters. */
  readonly decoded: tf.Tensor;
}

/** What objectives and hierarchies are written with: the model's parts as traced functions. */
export interface Operations {
  /** The model's networks and the objective's, by name. */
  readonly networks: Networks;
  /**
   * Runs a network; leading axes beyond the layer's own are folded into the batch. With `condition`, the context's
   * condition joins the input: as further values of a vector, as constant maps, or as the network's second input.
   */
  apply(network: string, x: tf.Tensor, options: ApplyOptions): tf.Tensor;
  /** Features `[B, ...]` to posterior, draws and terms of a level. */
  infer(level: string, features: tf.Tensor, context: StepContext): Level;
  /** All levels of a batch. */
  inferLevels(batch: Columns, context: StepContext): Readonly<Record<string, Level>>;
  /** The whole way: inference, draws, decoder. A condition in the context is used, else the model's condition makes it from the batch. */
  pass(batch: Columns, context: StepContext): Pass;
  /** Latents by level, `[K, B, ...latent]` or `[B, ...latent]`, to the likelihoods' parameters with the same leading axes. */
  generate(z: Columns, context: StepContext, batch?: Columns): tf.Tensor;
  /** `log p(x|z)` of every draw, `[K, B]`, nats. */
  logLikelihood(pass: Pass): tf.Tensor;
  /** `log p(z) - log q(z|x)` of every draw over all levels, `[K, B]`. */
  logRatio(pass: Pass): tf.Tensor;
  /** `log q(z_i | x_j)` per dimension, `[B, B, L]`, of the first draw of a level; default the first level. */
  logPosteriorPairs(pass: Pass, level?: string): tf.Tensor;
}

/** How {@link Operations.apply} runs a network. */
export interface ApplyOptions {
  readonly context: StepContext;
  /** Whether the condition joins the input; default false. */
  readonly condition?: boolean;
}
