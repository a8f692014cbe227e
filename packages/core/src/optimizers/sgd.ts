import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions, assertNumber } from "../arguments.ts";
import type { Schedule } from "../objective/schedule.ts";
import { learningRateSchedule } from "./learningRate.ts";
import { forEachVariable, zeroSlot } from "./optimizer.ts";
import type { Optimizer } from "./optimizer.ts";

/** Options of {@link sgd}. */
export interface SgdOptions {
  /** Step size, default 0.01. */
  readonly learningRate?: number | Schedule;
  /** Part of the previous update direction that is kept, in [0, 1), default 0. */
  readonly momentum?: number;
}

/**
 * Stochastic gradient descent with momentum: `u = momentum u + g`, `p = p - learningRate u`.
 *
 * Source: Sutskever et al. 2013, section 2, in the form that keeps the learning rate out of u, so that a schedule acts at once.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  const fn = "sgd";
  assertKnownOptions(fn, options, ["learningRate", "momentum"]);
  const { learningRate: given = 0.01, momentum = 0 }: SgdOptions = options;
  const learningRate = learningRateSchedule(fn, given);
  assertNumber({ fn, name: "momentum" }, momentum, { min: 0, below: 1 });
  const slotNames = momentum === 0 ? [] : ["momentum"];
  return {
    config: { kind: "sgd", learningRate: learningRate.toJSON(), momentum },
    slotNames,
    slots: (variables) => (momentum === 0 ? [] : variables.map(zeroSlot)),
    scalars: (step) => ({ learningRate: learningRate(step) }),
    update(args) {
      const rate = args.scalars["learningRate"];
      forEachVariable(args, slotNames.length, (variable, gradient, [kept]) => {
        let direction = gradient;
        if (kept !== undefined) {
          direction = tf.add(tf.mul(kept, momentum), gradient);
          kept.assign(direction);
        }
        variable.assign(tf.sub(variable, tf.mul(direction, rate)));
      });
    },
  };
}
