import * as tf from "@tensorflow/tfjs-core";
import { asTensor } from "./distribution.ts";
import type { Distribution, Parameter } from "./distribution.ts";

/** Independent counts 0, 1, 2, ... */
export interface Poisson extends Distribution {
  readonly kind: "poisson";
  /** Natural logarithm of the expectation. */
  readonly logRate: tf.Tensor;
}

/** Rates up to which draws are exact; the sum goes to where less than 1e-7 is beyond. */
const exactUpTo = 32;
const table = 80;

/**
 * Poisson with expectation `exp(logRate)`: `log P(k) = k logRate - exp(logRate) - ln k!`, in nats.
 *
 * `sample` takes standard normal noise z and gives the count whose distribution function passes `Phi(z)` first; for rates above 32 by the
 * expansion of Cornish and Fisher, `rate + sqrt(rate) z + (z^2 - 1) / 6 - (z^3 - z) / (72 sqrt(rate))`, rounded (Abramowitz and Stegun
 * 1964, 26.2.49, with the cumulants of a Poisson). Draws are float32 and have no gradient.
 */
export function poisson({ logRate: given }: { readonly logRate: Parameter }): Poisson {
  const logRate = asTensor(given);
  return {
    kind: "poisson",
    noise: "normal",
    logRate,
    logProb: (k) => tf.sub(tf.sub(tf.mul(k, logRate), tf.exp(logRate)), logFactorial(k)),
    sample: (noise) => draw(logRate, noise),
    mean: () => tf.exp(logRate),
    mode: () => tf.floor(tf.exp(logRate)),
  };
}

/**
 * `ln k!` of counts: Stirling's series of `ln Gamma(k + 5)` less the logarithm of `(k + 1) (k + 2) (k + 3) (k + 4)`, to 1e-8 of it.
 * Source: Abramowitz and Stegun 1964, 6.1.41 and 6.1.15.
 */
function logFactorial(k: tf.Tensor): tf.Tensor {
  const x = tf.add(k, 5);
  const square = tf.square(x);
  const series = tf.div(
    tf.add(tf.div(tf.add(tf.div(1 / 1260, square), -1 / 360), square), 1 / 12),
    x,
  );
  const stirling = tf.add(
    tf.sub(tf.mul(tf.sub(x, 0.5), tf.log(x)), x),
    tf.add(series, 0.5 * Math.log(2 * Math.PI)),
  );
  const [low, high] = [tf.mul(tf.add(k, 1), tf.add(k, 4)), tf.mul(tf.add(k, 2), tf.add(k, 3))];
  return tf.sub(stirling, tf.add(tf.log(low), tf.log(high)));
}

function draw(logRate: tf.Tensor, z: tf.Tensor): tf.Tensor {
  const rate = tf.exp(logRate);
  const isSmall = tf.lessEqual(rate, exactUpTo);
  return tf.where(
    isSmall,
    drawSmall(tf.minimum(logRate, Math.log(exactUpTo)), z),
    drawLarge(rate, z),
  );
}

/** How many of `P(0), P(0) + P(1), ...` lie below `Phi(z)`. */
function drawSmall(logRate: tf.Tensor, z: tf.Tensor): tf.Tensor {
  const counts = tf.range(0, table);
  const log = poisson({ logRate: tf.expandDims(logRate, -1) }).logProb(counts); // [..., table]
  const below = tf.cumsum(tf.exp(log), log.rank - 1); // tfjs: -1 is no axis of a vector here
  const u = tf.mul(tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1), 0.5);
  return tf.sum(tf.cast(tf.less(below, tf.expandDims(u, -1)), "float32"), -1);
}

function drawLarge(rate: tf.Tensor, z: tf.Tensor): tf.Tensor {
  const root = tf.sqrt(tf.maximum(rate, 1));
  const square = tf.square(z);
  const second = tf.div(tf.sub(square, 1), 6);
  const third = tf.div(tf.mul(z, tf.sub(square, 1)), tf.mul(root, -72));
  const drawn = tf.add(tf.add(rate, tf.mul(root, z)), tf.add(second, third));
  return tf.maximum(tf.round(drawn), 0);
}
