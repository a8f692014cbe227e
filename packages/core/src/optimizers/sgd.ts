import * as tf from "@tensorflow/tfjs-core";
import { constant, scheduleRule } from "../objective/schedule.ts";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { Optimizer } from "../step/optimizer.ts";
import type { Schedule } from "../step/schedule.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Step size, default 0.01. */
  readonly learningRate?: number | Schedule;
  /** Part of the previous update direction that is kept, in [0, 1), default 0. */
  readonly momentum?: number;
}

const table = {
  learningRate: { rule: scheduleRule({ min: 0 }), default: constant(0.01), doc: "step size" },
  momentum: {
    rule: rules.number({ min: 0, below: 1 }),
    default: 0,
    doc: "part of the previous update direction that is kept",
  },
} satisfies OptionTable<SgdOptions>;

/**
 * Stochastic gradient descent with momentum: `u = momentum u + g`, `p = p - learningRate u`.
 *
 * Source: Sutskever et al. 2013, section 2, in the form that keeps the learning rate out of u, so that a schedule acts at once.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { learningRate, momentum } = readOptions("sgd", table, options);
  return {
    kind: "sgd",
    options: { learningRate: learningRate.toJSON(), momentum },
    slots: momentum === 0 ? [] : ["momentum"],
    scalars: (step) => ({ learningRate: learningRate(step) }),
    update({ variable, gradient, slots, scalars }) {
      const rate = scalars["learningRate"];
      const step = (direction: tf.Tensor): tf.Tensor => tf.sub(variable, tf.mul(direction, rate));
      if (momentum === 0) return { variable: step(gradient) };
      const direction = tf.add(tf.mul(slots["momentum"], momentum), gradient);
      return { variable: step(direction), momentum: direction };
    },
  };
}
