/** A linear classifier of every factor on all codes, which explicitness and InfoMEC look at in two ways. */
import { logisticRegression, Random } from "@elbo/core";
import { splitPoints } from "./representation.ts";
import type { Columns } from "./representation.ts";

/** What a classifier says of the held-out points. */
export interface FactorRegression {
  readonly classes: number;
  /** True classes of the held-out points. */
  readonly labels: Int32Array;
  /** Log probabilities of their classes, one row each. */
  readonly logs: readonly Float64Array[];
}

/**
 * Multinomial logistic regressions (C = 1) of the factors of more than one class, in their order, on codes that are standardized by the
 * training points, two thirds of all.
 */
export function factorRegressions(columns: Columns, seed: number): FactorRegression[] {
  const { codes, factors, classes, count } = columns;
  const { train, test } = splitPoints(new Random(seed).fork("regressions").permutation(count));
  const features = codes.map((code) => standardized(code, train));
  return factors.flatMap((labels, k) => {
    if (classes[k] < 2) return [];
    const learnt = { features: rowsOf(features, train), labels: labelsOf(labels, train) };
    const { data } = logisticRegression(learnt, { classes: classes[k] }).logProbabilities(
      rowsOf(features, test),
    );
    const logs = Array.from(test, (_, n) => data.subarray(n * classes[k], (n + 1) * classes[k]));
    return [{ classes: classes[k], labels: labelsOf(labels, test), logs }];
  });
}

const labelsOf = (labels: Int32Array, points: Int32Array): Int32Array =>
  Int32Array.from(points, (i) => labels[i]);

/** Some points of columns as rows, `[n, F]`. */
export function rowsOf(
  columns: readonly Float64Array[],
  points: Int32Array,
): { readonly data: Float64Array; readonly shape: readonly number[] } {
  const F = columns.length;
  const data = new Float64Array(points.length * F);
  points.forEach((i, n) => {
    for (let j = 0; j < F; j++) data[n * F + j] = columns[j][i];
  });
  return { data, shape: [points.length, F] };
}

/** `(x - mean) / deviation` by the training points, default all; zeros for a column that is constant but for rounding. */
export function standardized(
  values: Float64Array,
  train: Int32Array = Int32Array.from(values.keys()),
): Float64Array {
  let mean = 0;
  for (const i of train) mean += values[i] / train.length;
  let variance = 0;
  for (const i of train) variance += (values[i] - mean) ** 2 / train.length;
  const deviation = Math.sqrt(variance);
  return deviation > 1e-12 * Math.abs(mean)
    ? values.map((value) => (value - mean) / deviation)
    : new Float64Array(values.length);
}
