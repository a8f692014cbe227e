import type { LabelsLike } from "../data/examples.ts";
import { classesOf } from "./arrays.ts";
import { estimateOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";

/**
 * The share of examples whose predicted class is their label, with the standard error `s / sqrt(n)`.
 *
 * @param predicted one class per example
 * @param labels one class per example
 * @throws TypeError or RangeError for lists that are no classes or not of equal length
 */
export function accuracy(predicted: LabelsLike, labels: LabelsLike): Estimate {
  const fn = "accuracy";
  const a = classesOf({ fn, name: "predicted" }, predicted);
  const b = classesOf({ fn, name: "labels" }, labels, { count: a.length });
  return shareOf(a, (value, i) => value === b[i]);
}

/** The share of entries for which something holds. */
export const shareOf = (
  values: Int32Array,
  holds: (value: number, i: number) => boolean,
): Estimate => estimateOf(Float64Array.from(values, (value, i) => (holds(value, i) ? 1 : 0)));
