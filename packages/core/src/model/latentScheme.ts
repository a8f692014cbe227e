import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { NoiseSpec } from "../random/noise.ts";
import type { Random } from "../random/random.ts";
import type { Schedule } from "../objective/schedule.ts";

/** What a scheme may look at besides its own posterior. */
export interface Context {
  /** The condition as a vector `[B, E]`, for models of labelled data. */
  readonly condition?: tf.Tensor;
  /** True inside a training step only. */
  readonly training: boolean;
  /** The scheme's scheduled scalars (see {@link LatentScheme.schedules}) at the present step. */
  readonly scalars: Readonly<Record<string, tf.Scalar>>;
}

/** {@link Context} of the penalty terms, which may also look at the drawn latents. */
export interface TermsContext extends Context {
  /** The latents of this step, `[B, ...latentShape]`: what `latents(posterior, noise)` gave. */
  readonly latents: tf.Tensor;
}

/** How latents are drawn without an input. */
export interface Prior {
  /** Noise per example, by name; drawn by core and handed to `sample`. */
  readonly noise: Readonly<Record<string, NoiseSpec>>;
  /** Latents `[B, ...latentShape]` from noise `[B, ...shape]`. */
  sample(noise: Readonly<Record<string, tf.Tensor>>, context: Context): tf.Tensor;
}

/** A start of the scheme's variables that depends on the data (k-means for a codebook). */
export interface SchemeInitialization {
  /** How many training examples are encoded for it; fewer when there are fewer. */
  readonly examples: number;
  /** Assigns to the scheme's variables and state, given encoder outputs `[n, ...featureShape]`; called once, before step 0. */
  from(features: NdArray<Float32Array>, random: Random): void;
}

/** Figures over a whole evaluation that are no means of per-example numbers (perplexity, usage). */
export interface SchemeMetrics<P> {
  /** Per example `[B, ...]`, traced; core adds them up over all examples, without the rows that pad a chunk. */
  sums(posterior: P): Record<string, tf.Tensor>;
  /** The figures from the sums; plain JavaScript. Called for parts of the data too (jackknife standard errors). */
  finish(sums: Readonly<Record<string, Float64Array>>, examples: number): Record<string, number>;
}

/**
 * What a variant must say: how the encoder's output becomes a distribution over latents, and what that costs.
 *
 * Everything that takes or returns a `tf.Tensor` is called while a step is traced: it must use TF.js operations only,
 * read no tensor's value, and draw no random numbers (noise is fed). `B` is the batch.
 *
 * A scheme is plain data and functions; a model owns it and disposes of its variables.
 */
export interface LatentScheme<P = unknown> {
  /** A name for messages, such as `"gaussian"`. */
  readonly kind: string;
  /** Per example, what the encoder must output: `[2L]`, or `[h, w, D]`. */
  readonly featureShape: readonly number[];
  /** Per example, what the decoder gets: `[L]`, or `[h, w, D]`. */
  readonly latentShape: readonly number[];
  /** Per example, what `encode` returns. */
  readonly codeShape: readonly number[];
  readonly codeType: "float32" | "int32";
  /** For integer codes: they lie in `[0, codeCount)`, and `decode` refuses others. */
  readonly codeCount?: number;
  /** Variables trained by gradient, made by `createVariable`. Names must be unique within the scheme. */
  readonly variables: readonly tf.Variable[];
  /** Variables moved by {@link afterStep} (an EMA codebook). */
  readonly state: readonly tf.Variable[];
  /** How many values of {@link state} count as parameters of the model (an EMA codebook); default 0. */
  readonly stateParameters?: number;
  /** Noise per example, by name, that {@link latents} uses. */
  readonly noise: Readonly<Record<string, NoiseSpec>>;
  /** Scalars that change with the step and reach `context.scalars` (capacity, temperature). Outside training they have their value at step 0 unless a step is given. */
  readonly schedules?: Readonly<Record<string, number | Schedule>>;

  /** The posterior from features `[B, ...featureShape]`. A plain object of tensors. */
  posterior(features: tf.Tensor, context: Context): P;
  /** Latents `[B, ...latentShape]`, differentiable: reparameterized or straight-through. */
  latents(posterior: P, noise: Readonly<Record<string, tf.Tensor>>): tf.Tensor;
  /** Latents without noise, `[B, ...latentShape]`. */
  mode(posterior: P): tf.Tensor;
  /** What `encode` returns, `[B, ...codeShape]`. */
  code(posterior: P): tf.Tensor;
  /** Latents of a code; `fromCode(code(p))` equals `mode(p)` bit for bit. */
  fromCode(code: tf.Tensor): tf.Tensor;
  /** Named penalties `[B]` in nats; the one named by {@link rate} is KL(q(z|x) || p(z)). */
  terms(posterior: P, context: TermsContext): Record<string, tf.Tensor>;
  /** The term that is the rate of the ELBO; absent for models without a prior. */
  readonly rate?: string;
  /** `log p(z) - log q(z|x)`, `[B]`: makes the importance-weighted likelihood available. */
  logRatio?(posterior: P, z: tf.Tensor, context: Context): tf.Tensor;
  readonly prior?: Prior;
  /** The sentence that `sample()` throws when there is no prior. */
  readonly noPrior?: string;
  /** Assigns to {@link state}; called once per training step, traced, after gradients and update were computed. */
  afterStep?(posterior: P): void;
  readonly initialize?: SchemeInitialization;
  readonly metrics?: SchemeMetrics<P>;
}
