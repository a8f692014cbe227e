/**
 * Multinomial logistic regression with a squared penalty, by L-BFGS.
 *
 * `min sum_i -ln softmax(W x_i + b)[y_i] + |W|^2 / (2 C)`, the intercepts free: scikit-learn's LogisticRegression for more than two
 * classes. The function is convex, so the answer does not depend on the way to it.
 */
import { assertInteger, assertKnownOptions, assertNumber } from "@elbo/common";
import type { ArrayLikeData, LabelsLike } from "../data/examples.ts";
import { minimize } from "../numeric/minimize.ts";
import type { Local } from "../numeric/minimize.ts";
import { classesOf, matrixOf } from "./arrays.ts";
import type { Matrix } from "../numeric/matrix.ts";

/** What a regression learns from. */
export interface LabelledFeatures {
  /** `[n, F]` */
  readonly features: ArrayLikeData;
  /** One class per example. */
  readonly labels: LabelsLike;
}

/** Options of {@link logisticRegression}. */
export interface LogisticRegressionOptions {
  /** Number of classes; default: one more than the largest label. */
  readonly classes?: number;
  /** Inverse strength of the penalty; default 1. */
  readonly C?: number;
}

/** A fitted regression. */
export interface LogisticRegression {
  readonly classes: number;
  /** `[classes, F + 1]`, the intercept last. */
  readonly weights: Float64Array;
  /** `ln p(class | x)` of features `[n, F]`, as `[n, classes]`. */
  readonly logProbabilities: (features: ArrayLikeData) => {
    readonly data: Float64Array;
    readonly shape: readonly number[];
  };
}

/**
 * Fits a linear classifier; features should be of like scale, since the penalty knows none.
 *
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function logisticRegression(
  { features, labels }: LabelledFeatures,
  options: LogisticRegressionOptions = {},
): LogisticRegression {
  const fn = "logisticRegression";
  assertKnownOptions(fn, options, ["classes", "C"]);
  const { C = 1 } = options;
  assertNumber({ fn, name: "C" }, C, { above: 0 });
  const matrix = matrixOf({ fn, name: "features" }, features);
  const targets = classesOf({ fn, name: "labels" }, labels, { count: matrix.rows });
  const { classes = targets.reduce((most, y) => Math.max(most, y + 1), 0) } = options;
  assertInteger({ fn, name: "classes" }, classes, { min: 1 });
  classesOf({ fn, name: "labels" }, targets, { classes });
  const start = new Float64Array(classes * (matrix.columns + 1));
  const weights = minimize(start, (w) => lossAt({ matrix, targets, classes, C }, w));
  return {
    classes,
    weights,
    logProbabilities: (given) => predict(matrixOf({ fn, name: "features" }, given), weights),
  };
}

function predict(
  matrix: Matrix,
  weights: Float64Array,
): { readonly data: Float64Array; readonly shape: readonly number[] } {
  const classes = weights.length / (matrix.columns + 1);
  const data = new Float64Array(matrix.rows * classes);
  for (let n = 0; n < matrix.rows; n++) {
    logsInto(data.subarray(n * classes, (n + 1) * classes), { weights, matrix, row: n });
  }
  return { data, shape: [matrix.rows, classes] };
}

interface Scored {
  readonly weights: Float64Array;
  readonly matrix: Matrix;
  readonly row: number;
}

function logsInto(out: Float64Array, { weights, matrix, row }: Scored): void {
  const { data, columns } = matrix;
  const at = row * columns;
  let largest = -Infinity;
  for (let c = 0; c < out.length; c++) {
    const from = c * (columns + 1);
    let score = weights[from + columns];
    for (let j = 0; j < columns; j++) score += weights[from + j] * data[at + j];
    out[c] = score;
    if (score > largest) largest = score;
  }
  let sum = 0;
  for (let c = 0; c < out.length; c++) sum += Math.exp(out[c] - largest);
  const logSum = largest + Math.log(sum);
  for (let c = 0; c < out.length; c++) out[c] -= logSum;
}

interface Problem {
  readonly matrix: Matrix;
  readonly targets: Int32Array;
  readonly classes: number;
  readonly C: number;
}

function lossAt({ matrix, targets, classes, C }: Problem, weights: Float64Array): Local {
  const { data, columns } = matrix;
  const width = columns + 1;
  const gradient = new Float64Array(weights.length);
  const logs = new Float64Array(classes);
  let value = 0;
  for (let n = 0; n < targets.length; n++) {
    const at = n * columns;
    logsInto(logs, { weights, matrix, row: n });
    value -= logs[targets[n]];
    for (let c = 0; c < classes; c++) {
      const error = Math.exp(logs[c]) - (c === targets[n] ? 1 : 0);
      const to = c * width;
      for (let j = 0; j < columns; j++) gradient[to + j] += error * data[at + j];
      gradient[to + columns] += error;
    }
  }
  for (let i = 0; i < weights.length; i++) {
    if (i % width === columns) continue; // the intercept is free
    value += (weights[i] * weights[i]) / (2 * C);
    gradient[i] += weights[i] / C;
  }
  return { value, gradient };
}
