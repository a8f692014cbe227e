import * as tf from "@tensorflow/tfjs-core";
import { asTensor, bounded, halves, likeMean } from "./distribution.ts";
import type { Distribution, Family, Parameter } from "./distribution.ts";

const logTwoPi = Math.log(2 * Math.PI);

/** Networks give log variances in here: beyond, float32 loses the draw (below) or its square (above). */
export const gaussianBounds = { lowest: -30, highest: 20 } as const;

/** Mean and natural logarithm of the variance, of the same or of broadcastable shapes. */
export interface GaussianParameters {
  readonly mean: tf.Tensor;
  readonly logVar: tf.Tensor;
}

/** A Gaussian with independent dimensions. */
export interface Gaussian extends Distribution {
  readonly kind: "gaussian";
  readonly parameters: GaussianParameters;
  entropy(): tf.Tensor;
}

/** Makes a {@link Gaussian}, and is the family of all of them. */
export interface GaussianFamily extends Family<Gaussian> {
  (parameters: { readonly mean: Parameter; readonly logVar: Parameter }): Gaussian;
}

/**
 * N(mean, exp(logVar)) in every dimension.
 *
 * `log p(x) = -1/2 (ln 2 pi + logVar + ((x - mean) exp(-logVar / 2))^2)`: divided before it is squared, since `exp(-logVar)`
 * overflows long before the density does. A draw is `mean + exp(logVar / 2) noise`, differentiable in both (Kingma and Welling
 * 2014, section 2.4, arXiv:1312.6114).
 *
 * As a family its members have log variances from networks, held in (-30, 20).
 */
export const gaussian: GaussianFamily = Object.assign(
  (given: { readonly mean: Parameter; readonly logVar: Parameter }) =>
    gaussianOf({ mean: asTensor(given.mean), logVar: asTensor(given.logVar) }),
  {
    kind: "gaussian",
    noise: "normal" as const,
    parameters: 2,
    of(raw: tf.Tensor): Gaussian {
      const { first, second } = halves(raw);
      return gaussianOf({ mean: first, logVar: bounded(second, gaussianBounds) });
    },
    standard: (shape: readonly number[]) =>
      gaussianOf({ mean: tf.zeros([...shape]), logVar: tf.zeros([...shape]) }),
  },
);

function gaussianOf(parameters: GaussianParameters): Gaussian {
  const { mean, logVar } = parameters;
  return {
    kind: "gaussian",
    noise: "normal",
    parameters,
    logProb(x) {
      const standardized = tf.mul(tf.sub(x, mean), tf.exp(tf.mul(logVar, -0.5)));
      return tf.mul(tf.add(tf.add(tf.square(standardized), logVar), logTwoPi), -0.5);
    },
    sample: (noise) => tf.add(mean, tf.mul(tf.exp(tf.mul(logVar, 0.5)), noise)),
    mean: () => mean,
    /** `1/2 (1 + ln 2 pi + logVar)` */
    entropy: () => likeMean(mean, tf.mul(tf.add(logVar, 1 + logTwoPi), 0.5)),
  };
}

/**
 * KL(q || p) of two Gaussians per dimension, in nats; p is N(0, 1) unless given.
 *
 * `1/2 (exp(q.logVar) + q.mean^2 - 1 - q.logVar)` against N(0, 1), and
 * `1/2 (exp(q.logVar - p.logVar) + ((q.mean - p.mean) exp(-p.logVar / 2))^2 - 1 - (q.logVar - p.logVar))` between two.
 *
 * Source: Kingma and Welling 2014, appendix B (arXiv:1312.6114).
 */
export function gaussianKl(q: GaussianParameters, p?: GaussianParameters): tf.Tensor {
  const logRatio = p === undefined ? q.logVar : tf.sub(q.logVar, p.logVar);
  const shift =
    p === undefined ? q.mean : tf.mul(tf.sub(q.mean, p.mean), tf.exp(tf.mul(p.logVar, -0.5)));
  const spread = tf.sub(tf.sub(tf.exp(logRatio), 1), logRatio);
  return tf.mul(tf.add(spread, tf.square(shift)), 0.5);
}
