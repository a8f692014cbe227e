import * as tf from "@tensorflow/tfjs-core";
import type { Distribution } from "./distribution.ts";

const logTwoPi = Math.log(2 * Math.PI);

/** Mean and natural logarithm of the variance, of the same or of broadcastable shapes. */
export interface GaussianParameters {
  readonly mean: tf.Tensor;
  readonly logVar: tf.Tensor;
}

/** A Gaussian with independent dimensions. */
export interface DiagonalGaussian extends Distribution {
  readonly kind: "gaussian";
  readonly parameters: GaussianParameters;
  entropy(): tf.Tensor;
}

/**
 * N(mean, exp(logVar)) in every dimension: `log p(x) = -1/2 (ln 2 pi + logVar + (x - mean)^2 exp(-logVar))`.
 *
 * @param parameters `mean` and `logVar`, `[B, ...]` or broadcastable
 */
export function diagonalGaussian(parameters: GaussianParameters): DiagonalGaussian {
  const { mean, logVar } = parameters;
  return {
    kind: "gaussian",
    noise: "normal",
    parameters,
    logProb(x) {
      const squares = tf.mul(tf.square(tf.sub(x, mean)), tf.exp(tf.neg(logVar)));
      return tf.mul(tf.add(tf.add(squares, logVar), logTwoPi), -0.5);
    },
    sample: (noise) => reparameterize({ mean, logVar, noise }),
    mean: () => mean,
    /** `1/2 (1 + ln 2 pi + logVar)` */
    entropy() {
      const entropy = tf.mul(tf.add(logVar, 1 + logTwoPi), 0.5);
      const isBroadcast = !tf.util.arraysEqual(mean.shape, logVar.shape);
      return isBroadcast ? tf.add(tf.zerosLike(mean), entropy) : entropy;
    },
  };
}

/**
 * A draw of N(mean, exp(logVar)) that is differentiable in both: `mean + exp(logVar / 2) noise`.
 *
 * Source: Kingma and Welling 2014, section 2.4 (arXiv:1312.6114).
 *
 * @param options `mean` and `logVar` `[B, ...]`, and standard normal `noise` of the result's shape (more leading dimensions draw more samples)
 */
export function reparameterize({
  mean,
  logVar,
  noise,
}: GaussianParameters & { readonly noise: tf.Tensor }): tf.Tensor {
  return tf.add(mean, tf.mul(tf.exp(tf.mul(logVar, 0.5)), noise));
}

/**
 * KL(q || p) of two diagonal Gaussians per dimension, in nats; p is N(0, I) unless given. `sumPerExample` of it is the KL per example.
 *
 * `1/2 (exp(q.logVar) + q.mean^2 - 1 - q.logVar)` against N(0, 1), and
 * `1/2 (exp(q.logVar - p.logVar) + (q.mean - p.mean)^2 exp(-p.logVar) - 1 - (q.logVar - p.logVar))` between two.
 *
 * Source: Kingma and Welling 2014, appendix B (arXiv:1312.6114).
 */
export function gaussianKl(q: GaussianParameters, p?: GaussianParameters): tf.Tensor {
  const logRatio = p === undefined ? q.logVar : tf.sub(q.logVar, p.logVar);
  const shift =
    p === undefined
      ? tf.square(q.mean)
      : tf.mul(tf.square(tf.sub(q.mean, p.mean)), tf.exp(tf.neg(p.logVar)));
  return tf.mul(tf.add(tf.sub(tf.sub(tf.exp(logRatio), 1), logRatio), shift), 0.5);
}
