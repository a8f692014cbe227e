import * as tf from "@tensorflow/tfjs-core";
import {
  readOptions,
  rules,
  scheduleRule,
  type Objective,
  type OptionTable,
  type Schedule,
} from "@elbo/core";
import { distortionOf, gaussianLevel } from "./gaussianLevel.ts";

/** Options of {@link annealedCapacity}. */
export interface AnnealedCapacityOptions {
  /** C in nats, a number or a schedule of the step, at least 0. */
  readonly capacity: number | Schedule;
  /** Weight of the distance from it, default 1000. */
  readonly weight?: number;
}

/** The options as a table. */
export const annealedCapacityTable = {
  capacity: { rule: scheduleRule({ min: 0 }), doc: "rate to be reached, in nats" },
  weight: { rule: rules.number({ min: 0 }), default: 1000, doc: "weight of the distance from it" },
} satisfies OptionTable<AnnealedCapacityOptions>;

/**
 * The rate is held at a capacity that grows: `distortion + weight |mean rate of the batch - C|`.
 *
 * The distance is of the batch's mean, not the mean of distances, and C follows the step. `rate` is reported with weight 0.
 * Source: Burgess et al. 2018 (arXiv:1804.03599), equation 8.
 */
export function annealedCapacity(options: AnnealedCapacityOptions): Objective {
  const { capacity, weight } = readOptions("annealedCapacity", annealedCapacityTable, options);
  return {
    kind: "annealed-capacity",
    options: { capacity: capacity.toJSON(), weight },
    schedules: { capacity },
    weights: { rate: 0, excess: weight },
    terms(model, pass, { scalars }) {
      const { rate } = gaussianLevel("annealedCapacity", pass);
      const excess = tf.abs(tf.sub(tf.mean(rate), scalars["capacity"]));
      return { distortion: distortionOf(model, pass), rate, excess: { ofBatch: excess } };
    },
  };
}
