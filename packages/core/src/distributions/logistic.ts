import * as tf from "@tensorflow/tfjs-core";
import { asTensor, bounded, halves, likeMean } from "./distribution.ts";
import type { Distribution, Family, Parameter } from "./distribution.ts";

const bounds = { lowest: -15, highest: 10 } as const;

/** Uniform noise is a multiple of 2^-24 in [0, 1); the draw of 0 would be infinite, so it is held half a step away. */
const lowestUniform = 2 ** -25;

/** A logistic distribution with independent dimensions. */
export interface Logistic extends Distribution {
  readonly kind: "logistic";
  readonly parameters: { readonly mean: tf.Tensor; readonly logScale: tf.Tensor };
  entropy(): tf.Tensor;
}

/** Makes a {@link Logistic}, and is the family of all of them. */
export interface LogisticFamily extends Family<Logistic> {
  (parameters: { readonly mean: Parameter; readonly logScale: Parameter }): Logistic;
}

/**
 * Logistic(mean, s = exp(logScale)) in every dimension: `log p(x) = -t - 2 softplus(-t) - logScale` with `t = (x - mean) / s`.
 *
 * A draw is `mean + s (ln u - ln(1 - u))`. As a family its members have log scales from networks, held in (-15, 10). There is
 * no closed form of the KL divergence of two.
 */
export const logistic: LogisticFamily = Object.assign(
  (given: { readonly mean: Parameter; readonly logScale: Parameter }) =>
    logisticOf(asTensor(given.mean), asTensor(given.logScale)),
  {
    kind: "logistic",
    noise: "uniform" as const,
    parameters: 2,
    of(raw: tf.Tensor): Logistic {
      const { first, second } = halves(raw);
      return logisticOf(first, bounded(second, bounds));
    },
    standard: (shape: readonly number[]) => logisticOf(tf.zeros([...shape]), tf.zeros([...shape])),
  },
);

function logisticOf(mean: tf.Tensor, logScale: tf.Tensor): Logistic {
  return {
    kind: "logistic",
    noise: "uniform",
    parameters: { mean, logScale },
    logProb(x) {
      const t = tf.mul(tf.sub(x, mean), tf.exp(tf.neg(logScale)));
      return tf.neg(tf.add(tf.add(t, tf.mul(tf.softplus(tf.neg(t)), 2)), logScale));
    },
    sample(noise) {
      const u = tf.maximum(noise, lowestUniform);
      const draw = tf.sub(tf.log(u), tf.log(tf.sub(1, u)));
      return tf.add(mean, tf.mul(tf.exp(logScale), draw));
    },
    mean: () => mean,
    /** `2 + logScale` */
    entropy: () => likeMean(mean, tf.add(logScale, 2)),
  };
}
