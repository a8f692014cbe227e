import type * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "../distributions/distribution.ts";
import type { Random } from "../random/random.ts";
import type { StepContext } from "../step/context.ts";
import type { NoiseSpec } from "../step/noise.ts";
import type { Part } from "../step/part.ts";
import type { Terms } from "../step/terms.ts";

/** What codes look like, per example. */
export interface CodeSpec {
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
  /** Integer codes lie in `[0, limit)`; a list has a limit for every place of the last axis. */
  readonly limit?: number | readonly number[];
  /** Whether the first places of the last axis can be decoded without the others. */
  readonly hasPrefixes?: boolean;
}

/**
 * A latent scheme: how features become a distribution over latents, and what that costs.
 *
 * A scheme says only what is special about it: {@link Latents} has defaults for a posterior that is a {@link Distribution}
 * (`withDefaults`): `draw` from its noise, `mode` its mean, `code` the mode, `terms` the rate KL(q || p) in closed form or
 * from the draw, `logRatio` from the two log densities. B is the batch, K the draws; draws are a leading axis.
 */
export interface Latents<Q = Distribution> extends Part {
  /** Shape per example of the encoder's output. */
  readonly features: readonly number[];
  /** What features are, where an activation at the encoder's end would bend them: `"means and log variances"`. */
  readonly unbounded?: string;
  /** Shape per example of what the decoder gets. */
  readonly latent: readonly number[];
  /** What `encode` returns per example; default `latent` and float32. */
  readonly codeSpec?: CodeSpec;
  /** Values of `state` that count as parameters of the model (an EMA codebook), default 0. */
  readonly stateParameters?: number;
  /** From features `[B, ...features]`. A distribution, or a plain record of tensors. */
  posterior(features: tf.Tensor, context: StepContext): Q;
  /** `[K, B, ...latent]`, differentiable (reparameterized, straight-through); K is `context.draws`. */
  draw(posterior: Q, context: StepContext): tf.Tensor;
  /** `[B, ...latent]`, without noise. */
  mode(posterior: Q): tf.Tensor;
  /** What `encode` returns, `[B, ...codeShape]`; default `mode`. */
  code?(posterior: Q): tf.Tensor;
  /** Latents of a code: `fromCode(code(q))` equals `mode(q)` bit for bit; default the identity. */
  fromCode?(code: tf.Tensor): tf.Tensor;
  /**
   * Named penalties in nats, `[B]` or of the batch; `rate` is KL(q(z|x) || p(z)), or its estimate from the draws `[K, B, ...]`
   * (mean over K). A scheme without a rate has no ELBO.
   */
  terms(posterior: Q, z: tf.Tensor, context: StepContext): Terms;
  /** `log p(z) - log q(z|x)` of every draw, `[K, B]`: makes importance weighting possible. */
  logRatio?(posterior: Q, z: tf.Tensor, context: StepContext): tf.Tensor;
  /** `log q(z_i | x_j)` per dimension, `[B, B, L]`, of `z` `[B, L]`: what total correlation is estimated from. */
  logPosteriorPairs?(posterior: Q, z: tf.Tensor): tf.Tensor;
  /** p(z), given the condition if there is one; its parameters broadcast with `[B, ...latent]`. */
  prior?(context: StepContext): Distribution;
  /** What the prior is drawn from, per example; default N(0, 1) of the shape `latent`. */
  readonly priorNoise?: NoiseSpec;
  /** Whether the prior has parameters of its own or depends on a condition, so that an exported decoder is not enough to sample. */
  readonly priorIsLearned?: boolean;
  /** The sentence that `sample()` throws when there is no prior. */
  readonly noPrior?: string;
  /** Values per example that `posterior()` of a model gives, by name: such as `{ mean, logVar }`, or `{ indices, distances }`. */
  describe?(posterior: Q): Readonly<Record<string, tf.Tensor>>;
  /** Assigns to `state`, traced, once per training step. */
  afterStep?(posterior: Q, context: StepContext): void;
  /** A start from features `[n, ...features]` of training examples. */
  readonly initialize?: {
    readonly examples: number;
    from(features: Float32Array, random: Random): void;
  };
  /** Figures over a whole evaluation that are no means of per-example numbers (perplexity). */
  readonly metrics?: {
    /** `[B, ...]` per example, traced; summed over all examples. */
    sums(posterior: Q): Readonly<Record<string, tf.Tensor>>;
    /** The figures from the sums; plain JavaScript. */
    finish(sums: Readonly<Record<string, Float64Array>>, examples: number): Record<string, number>;
  };
}
