import * as tf from "@tensorflow/tfjs-core";
import { createVariable } from "../step/createVariable.ts";
import type { ColumnValues, Likelihood } from "./likelihood.ts";
import { holdsLevels } from "./readers.ts";

/** The units that a network sees, mean 0 and deviation 1, against those that were given. */
export interface Standardization {
  /** State, encoder input and `fit` of the likelihood. */
  readonly part: Pick<Likelihood, "state" | "input" | "fit">;
  /** Means and log variances of standardized values in the units that were given. */
  toGiven(parameters: { mean: tf.Tensor; logVar: tf.Tensor }): {
    mean: tf.Tensor;
    logVar: tf.Tensor;
  };
}

/**
 * Standardization of a column, learned once: shift and scale, one of each for every channel (the last axis; one in all for
 * plain numbers), are state of the model, so they are saved with its weights.
 *
 * `log p(x) = log p((x - shift) / scale) - log scale`: densities are those of the values as they were given.
 */
export function standardization(shape: readonly number[]): Standardization {
  const channels = shape.length === 0 ? [] : [shape[shape.length - 1]];
  const shift = createVariable(channels);
  const scale = createVariable(channels, (values) => values.fill(1));
  /** 1 once the other two have been learned. */
  const fitted = createVariable([]);
  return {
    part: {
      state: { shift, scale, fitted },
      input: { shape, of: (values) => tf.div(tf.sub(values, shift), scale) },
      async fit(training) {
        if (fitted.dataSync()[0] === 1) return;
        const moments = await momentsOf(training, channels[0] ?? 1);
        tf.tidy(() => {
          shift.assign(tf.tensor(moments.means, channels));
          scale.assign(tf.tensor(moments.deviations, channels));
          fitted.assign(tf.scalar(1));
        });
      },
    },
    toGiven: ({ mean, logVar }) => ({
      mean: tf.add(tf.mul(mean, scale), shift),
      logVar: tf.add(logVar, tf.mul(tf.log(scale), 2)),
    }),
  };
}

/** Means and deviations by channel, in two passes; a constant channel has the deviation 1. */
async function momentsOf(
  training: ColumnValues,
  channels: number,
): Promise<{ readonly means: Float32Array; readonly deviations: Float32Array }> {
  const sums = new Float64Array(channels);
  let count = 0;
  await training.forEachPart((values) => {
    const { data } = values;
    const unit = holdsLevels(values) ? 1 / 255 : 1;
    for (let i = 0; i < data.length; i++) sums[i % channels] += data[i] * unit;
    count += data.length / channels;
  });
  const means = sums.map((sum) => sum / count);
  const squares = new Float64Array(channels);
  await training.forEachPart((values) => {
    const { data } = values;
    const unit = holdsLevels(values) ? 1 / 255 : 1;
    for (let i = 0; i < data.length; i++) {
      squares[i % channels] += (data[i] * unit - means[i % channels]) ** 2;
    }
  });
  const deviations = squares.map((sum) => Math.sqrt(sum / count) || 1);
  return { means: Float32Array.from(means), deviations: Float32Array.from(deviations) };
}
