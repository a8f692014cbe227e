import * as tf from "@tensorflow/tfjs-core";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { categorical } from "../distributions/categorical.ts";
import { createVariable } from "../step/createVariable.ts";
import type { Likelihood } from "./likelihood.ts";
import { indicesReader } from "./readers.ts";

/** Options of {@link ordinalLikelihood}. */
export interface OrdinalLikelihoodOptions {
  /** Number of levels, at least 2: values are integers in `[0, levels)`, in an order that means something. */
  readonly levels: number;
}

const options = {
  levels: { rule: rules.integer({ min: 2 }), doc: "number of levels" },
} satisfies OptionTable<OrdinalLikelihoodOptions>;

/** No two thresholds come nearer than this: a level that no value has would take its log probability to -infinity. */
const smallestGap = 1e-3;

/**
 * Levels in an order, such as grades or small counts: the decoder gives one position `m` per value, and
 *
 * `P(x <= k) = sigmoid(t_k - m)`
 *
 * with thresholds `t_0 < t_1 < ...` that are learned, one set for the column: the proportional odds model of McCullagh,
 * "Regression models for ordinal data" (1980), section 2. An encoder gets levels as numbers from -1 to 1.
 *
 * @param shape of the column per example
 * @throws TypeError or RangeError when an option is unknown, missing or out of range
 */
export function ordinalLikelihood(
  shape: readonly number[],
  given: OrdinalLikelihoodOptions,
): Likelihood {
  const { levels } = readOptions("ordinalLikelihood", options, given);
  const thresholds = initialThresholds(levels);
  const meanShape = [...shape, levels];
  return {
    kind: "ordinal",
    options: { levels },
    column: { shape, dtype: "int32" },
    parameterShape: shape,
    meanShape,
    unbounded: "positions",
    drawNoise: { kind: "gumbel", shape: meanShape },
    variables: { thresholds },
    input: {
      shape,
      of: (values) => tf.sub(tf.mul(tf.cast(values, "float32"), 2 / (levels - 1)), 1),
    },
    reader: (at, values) => indicesReader(at, values, { shape, classes: levels }),
    distribution: (decoded) => categorical({ logits: logProbabilities(thresholds, decoded) }),
  };
}

/** The first threshold, and of each next one what it lies above the one before, before a softplus; equal shares at first. */
function initialThresholds(levels: number): tf.Variable {
  const at = (k: number): number => Math.log((k + 1) / (levels - k - 1));
  return createVariable([levels - 1], (values) => {
    values[0] = at(0);
    for (let k = 1; k < values.length; k++) {
      values[k] = Math.log(Math.expm1(at(k) - at(k - 1) - smallestGap));
    }
  });
}

/**
 * Log probabilities of all levels, `[..., levels]`, of positions `[...]`:
 * `ln P(k) = -softplus(m - t_k) - softplus(t_{k-1} - m) + ln(1 - exp(t_{k-1} - t_k))`, by the identity
 * `sigmoid(b) - sigmoid(a) = sigmoid(b) sigmoid(-a) (1 - exp(a - b))`; the ends lack the factors that are 1 there.
 */
function logProbabilities(raw: tf.Variable, positions: tf.Tensor): tf.Tensor {
  const count = raw.shape[0];
  const m = tf.expandDims(positions, -1); // [..., 1]
  const none = tf.zerosLike(m);
  const first = tf.slice(raw, 0, 1);
  if (count === 1) {
    const above = tf.sub(first, m);
    return tf.neg(tf.concat([tf.softplus(tf.neg(above)), tf.softplus(above)], m.rank - 1));
  }
  const gaps = tf.add(tf.softplus(tf.slice(raw, 1, count - 1)), smallestGap);
  const sums = tf.tensor2d(
    Float32Array.from({ length: count * count }, (_, i) =>
      i % count >= Math.floor(i / count) ? 1 : 0,
    ),
    [count, count],
  );
  const thresholds = tf.matMul(tf.reshape(tf.concat([first, gaps]), [1, count]), sums); // [1, levels - 1]
  const above = tf.sub(tf.reshape(thresholds, [count]), m); // [..., levels - 1]
  const inner = tf.concat([tf.zeros([1]), tf.log(tf.neg(tf.expm1(tf.neg(gaps)))), tf.zeros([1])]);
  const below = tf.concat([tf.softplus(tf.neg(above)), none], m.rank - 1);
  const beyond = tf.concat([none, tf.softplus(above)], m.rank - 1);
  return tf.sub(inner, tf.add(below, beyond));
}
