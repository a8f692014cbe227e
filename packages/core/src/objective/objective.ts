import * as tf from "@tensorflow/tfjs-core";
import { describeValue } from "../arguments.ts";
import { resolveSchedule } from "./schedule.ts";
import type { Schedule, ScheduleJson } from "./schedule.ts";

/** Named terms of a loss, each `[B]`: nats per example, summed over dimensions. */
export type Terms = Readonly<Record<string, tf.Tensor>>;

/** Weights by term name; a term without one has weight 1. */
export type Weights = Readonly<Record<string, number | Schedule>>;

/**
 * The loss `mean over B of sum_k w_k term_k`, with terms and weights kept apart.
 *
 * Terms are per-example sums, and the loss and every reported number are means over examples, so none of them depends on the batch
 * size. Weights are functions of the step: those that change are fed to a compiled step as scalars ({@link Objective.scalars}), the
 * others are constants of it.
 */
export class Objective {
  private readonly schedules: ReadonlyMap<string, Schedule>;
  /** Names of the weights that change from step to step, and so must be fed. */
  readonly scheduled: readonly string[];

  /** @throws TypeError or RangeError when a weight is neither a finite number nor a schedule */
  constructor(weights: Weights = {}) {
    this.schedules = new Map(
      Object.entries(weights).map(([name, weight]) => {
        try {
          return [name, resolveSchedule(weight)];
        } catch (cause) {
          throw new TypeError(
            `Objective: weight of ${name} must be a finite number or a schedule, got ${describeValue(weight)}`,
            { cause },
          );
        }
      }),
    );
    this.scheduled = [...this.schedules].filter(([, s]) => !s.isConstant).map(([name]) => name);
  }

  /** The weight of a term at a step; 1 unless one was given. */
  weight(name: string, step: number): number {
    return this.schedules.get(name)?.(step) ?? 1;
  }

  /** The values to feed at a step: one for each scheduled weight, by the name of its term. */
  scalars(step: number): Record<string, number> {
    return Object.fromEntries(this.scheduled.map((name) => [name, this.weight(name, step)]));
  }

  /**
   * The loss to be minimized: the mean over examples of the weighted sum of terms, a scalar in nats per example.
   *
   * @param terms each `[B]`
   * @param scalars the fed weights, one for each name in `scheduled`
   * @throws RangeError when there is no term, or a weight has no term
   */
  total(terms: Terms, scalars: Readonly<Record<string, tf.Tensor>> = {}): tf.Scalar {
    assertTerms("total", terms);
    for (const name of this.schedules.keys()) {
      if (!Object.hasOwn(terms, name)) {
        throw new RangeError(
          `total: a weight must belong to a term (${Object.keys(terms).join(", ")}), got one of ${name}`,
        );
      }
    }
    const weighted = Object.entries(terms).flatMap(([name, term]) => {
      const schedule = this.schedules.get(name);
      if (schedule === undefined) return [term];
      if (!schedule.isConstant) {
        if (!Object.hasOwn(scalars, name)) {
          throw new RangeError(
            `total: scalars must hold the scheduled weight of ${name}, got ${Object.keys(scalars).join(", ") || "none"}`,
          );
        }
        return [tf.mul(term, scalars[name])];
      }
      const weight = schedule(0);
      if (weight === 0) return [];
      return [weight === 1 ? term : tf.mul(term, weight)];
    });
    if (weighted.length === 0) return tf.scalar(0);
    return tf.mean(weighted.reduce((a, b) => tf.add(a, b)));
  }

  /** The mean of each term over the examples, unweighted, in nats per example. */
  means(terms: Terms): Record<string, tf.Scalar> {
    assertTerms("means", terms);
    return Object.fromEntries(
      Object.entries(terms).map(([name, term]) => [name, tf.mean<tf.Scalar>(term)]),
    );
  }

  /** The weights as JSON, for checkpoints and results; `new Objective` of the restored schedules is equal. */
  toJSON(): Record<string, ScheduleJson> {
    return Object.fromEntries([...this.schedules].map(([name, s]) => [name, s.toJSON()]));
  }
}

/** Mixed sizes would broadcast, and a scalar among the terms would have been averaged over examples already. */
function assertTerms(fn: string, terms: Terms): void {
  const entries = Object.entries(terms);
  if (entries.length === 0) throw new RangeError(`${fn}: terms must hold at least one, got none`);
  const size = entries[0][1].shape[0];
  for (const [name, term] of entries) {
    if (term.rank !== 1 || term.shape[0] !== size) {
      throw new RangeError(
        `${fn}: terms must have the same shape [B], got ${name} [${term.shape.join(", ")}]`,
      );
    }
  }
}
