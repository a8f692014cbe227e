import * as tf from "@tensorflow/tfjs-core";
import type { Operations, Pass } from "@elbo/core";

/** The Gaussian posterior of the model's one level and what was drawn from it. */
export interface GaussianLevel {
  /** `[B, L]` */
  readonly mean: tf.Tensor2D;
  /** Natural logarithm of the variance, `[B, L]`. */
  readonly logVar: tf.Tensor2D;
  /** The draws, `[K, B, L]`. */
  readonly z: tf.Tensor3D;
  /** KL(q(z|x) || p(z)), `[B]`. */
  readonly rate: tf.Tensor;
}

/**
 * Takes a pass apart, for objectives that are about Gaussian latents.
 *
 * @param size number of latent dimensions that the objective was made for; default any
 * @throws TypeError for a model of several levels or of other latents, RangeError for another number of dimensions
 */
export function gaussianLevel(fn: string, { levels }: Pass, size?: number): GaussianLevel {
  const [name, ...others] = Object.keys(levels);
  const { posterior, z, terms } = levels[name];
  const { kind, parameters } = posterior as { kind?: unknown; parameters?: GaussianLevel };
  const { rate } = terms;
  if (
    others.length > 0 ||
    kind !== "gaussian" ||
    parameters === undefined ||
    !(rate instanceof tf.Tensor)
  ) {
    throw new TypeError(
      `${fn}: the model must have one level of Gaussian latents, got ${typeof kind === "string" ? kind : "others"} at ${Object.keys(levels).join(", ")}`,
    );
  }
  const { mean, logVar } = parameters;
  if (size !== undefined && size !== mean.shape[1]) {
    throw new RangeError(
      `${fn}: latent must be the model's number of dimensions (${mean.shape[1]}), got ${size}`,
    );
  }
  return { mean, logVar: tf.broadcastTo(logVar, mean.shape), z: z as tf.Tensor3D, rate };
}

/** `-log p(x|z)`, the mean over draws, `[B]`. */
export const distortionOf = (model: Operations, pass: Pass): tf.Tensor =>
  tf.neg(tf.mean(model.logLikelihood(pass), 0));
