/**
 * @file A logistic distribution over grey levels: the mass of each level is the logistic's mass of its bin. Source: Kingma et al. 2016,
 * appendix (arXiv:1606.04934), and Salimans et al. 2017, section 2.1 (arXiv:1701.05517), on [0, 1] instead of [-1, 1]. They subtract two
 * sigmoids and patch the result where it underflows; here the difference is a product, exact everywhere, and nothing needs a patch.
 */
import * as tf from "@tensorflow/tfjs-core";
import { assertInteger } from "@elbo/common";
import type { Distribution } from "./distribution.ts";

/** Parameters of {@link discretizedLogistic}. */
export interface DiscretizedLogisticParameters {
  /** Centre of the underlying logistic, in the unit of `x`: the grey range is [0, 1]. */
  readonly mean: tf.Tensor;
  /** Natural logarithm of its scale, of a shape that broadcasts with `mean`. */
  readonly logScale: tf.Tensor;
  /** Number of levels, `0, 1 / (levels - 1), ..., 1`. */
  readonly levels?: number;
}

/** Independent values on a grid of levels. */
export interface DiscretizedLogistic extends Distribution {
  readonly kind: "discretized-logistic";
  readonly parameters: Pick<DiscretizedLogisticParameters, "mean" | "logScale">;
  readonly levels: number;
}

/**
 * Logistic with mean m and scale s, discretized to levels a step `d = 1 / (levels - 1)` apart:
 * `P(x) = sigmoid(b) - sigmoid(a)` with `a = (x - d/2 - m) / s`, `b = (x + d/2 - m) / s`; the first level takes all below (a = -inf), the last all above (b = +inf).
 *
 * Computed as `ln P = -softplus(-b) - softplus(a) + ln(1 - exp(-d / s))`, by the identity
 * `sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b))`; an edge level leaves out the factor that is 1 there and the last one.
 *
 * @throws RangeError when `levels` is not an integer of at least 2
 */
export function discretizedLogistic({
  mean,
  logScale,
  levels = 256,
}: DiscretizedLogisticParameters): DiscretizedLogistic {
  assertInteger({ fn: "discretizedLogistic", name: "levels" }, levels, { min: 2 });
  const step = 1 / (levels - 1);
  return {
    kind: "discretized-logistic",
    noise: "uniform",
    parameters: { mean, logScale },
    levels,
    logProb(x) {
      const inverseScale = tf.exp(tf.neg(logScale));
      const centred = tf.sub(x, mean);
      const a = tf.mul(tf.sub(centred, step / 2), inverseScale);
      const b = tf.mul(tf.add(centred, step / 2), inverseScale);
      const notFirst = tf.cast(tf.greater(x, step / 2), "float32");
      const notLast = tf.cast(tf.less(x, 1 - step / 2), "float32");
      const below = tf.mul(notFirst, tf.softplus(a));
      const above = tf.mul(notLast, tf.softplus(tf.neg(b)));
      const inner = tf.mul(tf.mul(notFirst, notLast), logOneMinusExp(logScale, Math.log(step)));
      return tf.sub(inner, tf.add(below, above));
    },
    /** The nearest level to a draw of the logistic, `m + s ln(u / (1 - u))`, held to [0, 1]. */
    sample(noise) {
      const logit = tf.sub(tf.log(noise), tf.log(tf.sub(1, noise)));
      const value = tf.clipByValue(tf.add(mean, tf.mul(tf.exp(logScale), logit)), 0, 1);
      return tf.mul(tf.round(tf.mul(value, levels - 1)), step);
    },
    /** Expectation of the logistic held to [0, 1], `s (softplus(m / s) - softplus((m - 1) / s))`: within half a step of the discrete one. */
    mean() {
      const inverseScale = tf.exp(tf.neg(logScale));
      const upper = tf.softplus(tf.mul(mean, inverseScale));
      const lower = tf.softplus(tf.mul(tf.sub(mean, 1), inverseScale));
      return tf.mul(tf.exp(logScale), tf.sub(upper, lower));
    },
  };
}

/**
 * `ln(1 - exp(-t))` for `t = exp(u)`, `u = logStep - logScale`, as `ln tanh(t/2) + softplus(-t)`, which does not cancel for small t.
 *
 * u is held to [-40, 5] and continued by `u + 40` below: there the function is u, and above it is 0, to float32 precision, so that
 * value and slope stay finite where t itself would overflow or underflow.
 */
function logOneMinusExp(logScale: tf.Tensor, logStep: number): tf.Tensor {
  const u = tf.sub(logStep, logScale);
  const t = tf.exp(tf.maximum(tf.minimum(u, 5), -40));
  const inside = tf.add(tf.log(tf.tanh(tf.mul(t, 0.5))), tf.softplus(tf.neg(t)));
  return tf.add(inside, tf.minimum(tf.add(u, 40), 0));
}
