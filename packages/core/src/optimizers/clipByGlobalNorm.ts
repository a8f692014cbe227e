import * as tf from "@tensorflow/tfjs-core";
import { assertNumber } from "@elbo/common";

/** What {@link clipByGlobalNorm} gives. */
export interface ClippedGradients {
  /** The gradients, scaled by one common factor. */
  readonly gradients: tf.Tensor[];
  /** Their norm before clipping, a scalar. */
  readonly norm: tf.Scalar;
}

/**
 * Scales all gradients by `maxNorm / max(norm, maxNorm)`, where `norm` is the root of the sum of all their squares.
 *
 * The direction is kept, and gradients within the bound are unchanged. Source: Pascanu et al. 2013, algorithm 1 (arXiv:1211.5063).
 *
 * @throws RangeError when `maxNorm` is not above 0, or there is no gradient
 */
export function clipByGlobalNorm(
  gradients: readonly tf.Tensor[],
  maxNorm: number,
): ClippedGradients {
  const fn = "clipByGlobalNorm";
  assertNumber({ fn, name: "maxNorm" }, maxNorm, { above: 0 });
  if (gradients.length === 0)
    throw new RangeError(`${fn}: gradients must hold at least one, got none`);
  const squares = gradients.map((gradient) => tf.sum(tf.mul(gradient, gradient)));
  const norm = tf.sqrt(squares.reduce((a, b) => tf.add(a, b))) as tf.Scalar;
  const factor = tf.div(maxNorm, tf.maximum(norm, maxNorm));
  return { gradients: gradients.map((gradient) => tf.mul(gradient, factor)), norm };
}
