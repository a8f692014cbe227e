import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions, assertNumber } from "../arguments.ts";

/** Options of {@link ema}. */
export interface EmaOptions {
  /** Part of the average that each step keeps, in [0, 1), default 0.999. */
  readonly decay?: number;
}

/** Running averages of weights, kept beside them as state of a traced step. */
export interface WeightAverage {
  readonly config: { readonly decay: number };
  /** New variables that hold the averages, equal to the variables at first. The caller disposes of them. */
  slots(variables: readonly tf.Variable[]): tf.Variable[];
  /** The number to feed at a step, which counts the updates made before, from 0. */
  scalars(step: number): Record<string, number>;
  /** Moves the averages towards the variables, after the optimizer's update of them. */
  update(args: {
    readonly variables: readonly tf.Variable[];
    readonly slots: readonly tf.Variable[];
    readonly scalars: Readonly<Record<string, tf.Tensor>>;
  }): void;
}

/**
 * Exponential moving average of weights: `a = a + (1 - d) (p - a)` with `d = min(decay, (1 + step) / (10 + step))`.
 *
 * The smaller decay of the first steps forgets the initial weights in time; it is the warm-up of TensorFlow's ExponentialMovingAverage.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function ema(options: EmaOptions = {}): WeightAverage {
  const fn = "ema";
  assertKnownOptions(fn, options, ["decay"]);
  const { decay = 0.999 } = options;
  assertNumber({ fn, name: "decay" }, decay, { min: 0, below: 1 });
  return {
    config: { decay },
    slots: (variables) =>
      // A clone would share the variable's memory.
      variables.map((variable) => tf.tidy(() => tf.variable(tf.mul(variable, 1), false))),
    scalars: (step) => ({ emaRate: 1 - Math.min(decay, (1 + step) / (10 + step)) }),
    update({ variables, slots, scalars }) {
      if (slots.length !== variables.length) {
        throw new RangeError(
          `update: slots must be as many as variables (${variables.length}), got ${slots.length}`,
        );
      }
      variables.forEach((variable, i) => {
        const average = slots[i];
        average.assign(tf.add(average, tf.mul(tf.sub(variable, average), scalars["emaRate"])));
      });
    },
  };
}
