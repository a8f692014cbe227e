/** Whether a classifier is as sure as it is right. */
import { assertInteger, assertKnownOptions } from "@elbo/common";
import type { ArrayLikeData, LabelsLike } from "../data/examples.ts";
import { classesOf, largestOf, matrixOf } from "./arrays.ts";
import type { Matrix } from "../numeric/matrix.ts";

/** Options of {@link expectedCalibrationError}. */
export interface CalibrationErrorOptions {
  /** Number of equal bins of confidence over (0, 1]; default 15. */
  readonly bins?: number;
}

/**
 * Expected calibration error: `sum_b n_b / n |accuracy_b - confidence_b|` over bins of the confidence, the probability of the
 * most likely class. In [0, 1]; 0 is calibrated. Source: Guo et al. 2017 (arXiv:1706.04599), equation 3.
 *
 * @param probabilities `[n, classes]`
 * @param labels one class per example
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function expectedCalibrationError(
  probabilities: ArrayLikeData,
  labels: LabelsLike,
  options: CalibrationErrorOptions = {},
): number {
  const fn = "expectedCalibrationError";
  assertKnownOptions(fn, options, ["bins"]);
  const { bins = 15 } = options;
  assertInteger({ fn, name: "bins" }, bins, { min: 1 });
  const { data, rows, columns } = matrixOf({ fn, name: "probabilities" }, probabilities);
  const classes = classesOf({ fn, name: "labels" }, labels, { count: rows, classes: columns });
  const bad = data.findIndex((p) => !(p >= 0 && p <= 1 + 1e-6));
  if (bad >= 0) {
    throw new RangeError(`${fn}: probabilities must lie in [0, 1], got ${data[bad]} at ${bad}`);
  }
  const gaps = new Float64Array(bins); // sums of hits minus confidences
  for (let i = 0; i < rows; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    const likely = largestOf(row);
    const confidence = Math.min(row[likely], 1);
    const bin = Math.max(0, Math.ceil(confidence * bins) - 1); // bins are open to the left
    gaps[bin] += (likely === classes[i] ? 1 : 0) - confidence;
  }
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / rows;
}

/**
 * The temperature T whose `softmax(logits / T)` makes held-out labels most likely: above 1 for a classifier that is too sure.
 * Source: Guo et al. 2017 (arXiv:1706.04599), section 4.2. The mean log likelihood is concave in 1 / T; bisection finds where
 * its slope is zero, within T in [1e-3, 1e3].
 *
 * @param logits `[n, classes]` of held-out examples
 * @param labels one class per example
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function temperatureScaling(
  logits: ArrayLikeData,
  labels: LabelsLike,
): { readonly temperature: number } {
  const fn = "temperatureScaling";
  const matrix = matrixOf({ fn, name: "logits" }, logits);
  const { rows, columns } = matrix;
  const classes = classesOf({ fn, name: "labels" }, labels, { count: rows, classes: columns });
  let [low, high] = [Math.log(1e-3), Math.log(1e3)]; // of 1 / T
  for (let i = 0; i < 100 && high - low > 1e-12; i++) {
    const middle = (low + high) / 2;
    if (slopeAt(Math.exp(middle), matrix, classes) > 0) low = middle;
    else high = middle;
  }
  return { temperature: Math.exp(-(low + high) / 2) };
}

/** Derivative of the log likelihood by the inverse temperature: the labels' logits minus the expected ones. */
function slopeAt(inverse: number, { data, columns }: Matrix, classes: Int32Array): number {
  let slope = 0;
  for (let i = 0; i < classes.length; i++) {
    const row = data.subarray(i * columns, (i + 1) * columns);
    const largest = row[largestOf(row)];
    let [sum, weighted] = [0, 0];
    for (const logit of row) {
      const weight = Math.exp((logit - largest) * inverse);
      sum += weight;
      weighted += weight * logit;
    }
    slope += row[classes[i]] - weighted / sum;
  }
  return slope;
}
