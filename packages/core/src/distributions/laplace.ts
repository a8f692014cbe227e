import * as tf from "@tensorflow/tfjs-core";
import { asTensor, bounded, halves, likeMean } from "./distribution.ts";
import type { Distribution, Family, Parameter } from "./distribution.ts";

/** Half of the bounds of a Gaussian's log variance. */
const bounds = { lowest: -15, highest: 10 } as const;

/** Uniform noise is a multiple of 2^-24 in [0, 1); the draw of 0 would be infinite, so it is held half a step away. */
const lowestUniform = 2 ** -25;

/** Location and natural logarithm of the scale, of the same or of broadcastable shapes. */
export interface LaplaceParameters {
  readonly mean: tf.Tensor;
  readonly logScale: tf.Tensor;
}

/** A Laplace distribution with independent dimensions. */
export interface Laplace extends Distribution {
  readonly kind: "laplace";
  readonly parameters: LaplaceParameters;
  entropy(): tf.Tensor;
}

/** Makes a {@link Laplace}, and is the family of all of them. */
export interface LaplaceFamily extends Family<Laplace> {
  (parameters: { readonly mean: Parameter; readonly logScale: Parameter }): Laplace;
}

/**
 * Laplace(mean, s = exp(logScale)) in every dimension: `log p(x) = -|x - mean| / s - ln 2s`.
 *
 * A draw inverts the distribution function: `mean - s sign(u - 1/2) ln(1 - 2 |u - 1/2|)`. As a family its members have log
 * scales from networks, held in (-15, 10).
 */
export const laplace: LaplaceFamily = Object.assign(
  (given: { readonly mean: Parameter; readonly logScale: Parameter }) =>
    laplaceOf({ mean: asTensor(given.mean), logScale: asTensor(given.logScale) }),
  {
    kind: "laplace",
    noise: "uniform" as const,
    parameters: 2,
    of(raw: tf.Tensor): Laplace {
      const { first, second } = halves(raw);
      return laplaceOf({ mean: first, logScale: bounded(second, bounds) });
    },
    standard: (shape: readonly number[]) =>
      laplaceOf({ mean: tf.zeros([...shape]), logScale: tf.zeros([...shape]) }),
  },
);

function laplaceOf(parameters: LaplaceParameters): Laplace {
  const { mean, logScale } = parameters;
  return {
    kind: "laplace",
    noise: "uniform",
    parameters,
    logProb(x) {
      const distance = tf.mul(tf.abs(tf.sub(x, mean)), tf.exp(tf.neg(logScale)));
      return tf.neg(tf.add(tf.add(distance, logScale), Math.LN2));
    },
    sample(noise) {
      const centred = tf.sub(tf.maximum(noise, lowestUniform), 0.5);
      const distance = tf.neg(tf.log(tf.sub(1, tf.mul(tf.abs(centred), 2))));
      return tf.add(mean, tf.mul(tf.exp(logScale), tf.mul(tf.sign(centred), distance)));
    },
    mean: () => mean,
    /** `1 + ln 2s` */
    entropy: () => likeMean(mean, tf.add(logScale, 1 + Math.LN2)),
  };
}

/**
 * KL(q || p) of two Laplace distributions per dimension, in nats, with `d = |q.mean - p.mean|`:
 * `ln(s_p / s_q) + (s_q exp(-d / s_q) + d) / s_p - 1`.
 *
 * From `E_q ln q = -1 - ln 2 s_q` and `E_q |x - p.mean| = d + s_q exp(-d / s_q)`.
 */
export function laplaceKl(q: LaplaceParameters, p: LaplaceParameters): tf.Tensor {
  const distance = tf.abs(tf.sub(q.mean, p.mean));
  const logRatio = tf.sub(q.logScale, p.logScale); // ln(s_q / s_p)
  const decay = tf.exp(tf.neg(tf.mul(distance, tf.exp(tf.neg(q.logScale)))));
  const near = tf.mul(tf.exp(logRatio), decay);
  const far = tf.mul(distance, tf.exp(tf.neg(p.logScale)));
  return tf.sub(tf.add(tf.sub(near, logRatio), far), 1);
}
