/** What simple predictors read out of a representation: fitted on training codes, measured on test codes. */
import { assertInteger, assertKnownOptions, assertNumber } from "@elbo/common";
import type { ArrayLikeData } from "../data/examples.ts";
import { cholesky, solveLower, solveUpper } from "../numeric/cholesky.ts";
import { shareOf } from "./accuracy.ts";
import { classesOf, columnMeans, largestOf, matrixOf, numbersOf } from "./arrays.ts";
import type { NumbersLike } from "./arrays.ts";
import type { Matrix } from "../numeric/matrix.ts";
import { Jackknife } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { logisticRegression } from "./logisticRegression.ts";
import type { LabelledFeatures } from "./logisticRegression.ts";
import { distancesInto, smallest } from "../numeric/neighbours.ts";

/** Labelled codes to fit a probe on, and others to measure it on. */
export interface ProbeData {
  readonly train: LabelledFeatures;
  readonly test: LabelledFeatures;
}

/** Options of {@link linearProbe}. */
export interface LinearProbeOptions {
  /** Inverse strength of the squared penalty on standardized features; default 1. */
  readonly C?: number;
}

/**
 * Accuracy of a linear classifier (multinomial logistic regression) on features standardized by the training part, with the
 * standard error of a mean over test examples.
 *
 * @param data features `[n, F]` with a class per example, twice
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function linearProbe(data: ProbeData, options: LinearProbeOptions = {}): Estimate {
  const fn = "linearProbe";
  assertKnownOptions(fn, options, ["C"]);
  const { train, test } = readProbe(fn, data);
  const scale = standardization(train.matrix);
  const fitted = logisticRegression(
    { features: arrayOf(scale(train.matrix)), labels: train.labels },
    options,
  );
  const { data: logs } = fitted.logProbabilities(arrayOf(scale(test.matrix)));
  return shareOf(test.labels, (label, i) => {
    return largestOf(logs.subarray(i * fitted.classes, (i + 1) * fitted.classes)) === label;
  });
}

/** Options of {@link nearestNeighbourProbe}. */
export interface NearestNeighbourProbeOptions {
  /** Training examples that vote; default 5. */
  readonly neighbours?: number;
}

/**
 * Accuracy of the most frequent class among the nearest training examples by Euclidean distance, of equally frequent ones the
 * smallest, with the standard error of a mean over test examples. Cost: distances between all pairs.
 *
 * @param data features `[n, F]` with a class per example, twice
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function nearestNeighbourProbe(
  data: ProbeData,
  options: NearestNeighbourProbeOptions = {},
): Estimate {
  const fn = "nearestNeighbourProbe";
  assertKnownOptions(fn, options, ["neighbours"]);
  const { neighbours = 5 } = options;
  const { train, test } = readProbe(fn, data);
  assertInteger({ fn, name: "neighbours" }, neighbours, { min: 1, max: train.matrix.rows });
  const classes = train.labels.reduce((most, label) => Math.max(most, label + 1), 0);
  const distances = new Float64Array(train.matrix.rows);
  return shareOf(test.labels, (label, row) => {
    distancesInto(distances, { from: test.matrix, row, to: train.matrix });
    const votes = new Array<number>(classes).fill(0);
    for (const i of smallest(distances, neighbours)) votes[train.labels[i]]++;
    return largestOf(votes) === label;
  });
}

interface Labelled {
  readonly matrix: Matrix;
  readonly labels: Int32Array;
}

function readProbe(
  fn: string,
  { train, test }: ProbeData,
): { readonly train: Labelled; readonly test: Labelled } {
  const read = (part: string, { features, labels }: LabelledFeatures): Labelled => {
    const matrix = matrixOf({ fn, name: `${part}.features` }, features);
    const at = { fn, name: `${part}.labels` };
    return { matrix, labels: classesOf(at, labels, { count: matrix.rows }) };
  };
  const parts = { train: read("train", train), test: read("test", test) };
  assertSameWidth(fn, parts.train.matrix, parts.test.matrix);
  return parts;
}

function assertSameWidth(fn: string, train: Matrix, test: Matrix): void {
  if (train.columns === test.columns) return;
  throw new RangeError(
    `${fn}: test.features must have as many columns as those of train (${train.columns}), got ${test.columns}`,
  );
}

const arrayOf = ({ data, rows, columns }: Matrix): ArrayLikeData => ({
  data,
  shape: [rows, columns],
});

/** `(x - mean) / deviation` by the columns of one matrix; constant columns become 0. */
function standardization(matrix: Matrix): (given: Matrix) => Matrix {
  const means = columnMeans(matrix);
  const deviations = new Float64Array(matrix.columns);
  matrix.data.forEach((x, i) => {
    deviations[i % matrix.columns] += (x - means[i % matrix.columns]) ** 2 / matrix.rows;
  });
  return (given) => ({
    ...given,
    data: given.data.map((x, i) => {
      const j = i % given.columns;
      return deviations[j] > 0 ? (x - means[j]) / Math.sqrt(deviations[j]) : 0;
    }),
  });
}

/** Codes with a real number per example. */
export interface TargetedFeatures {
  /** `[n, F]` */
  readonly features: ArrayLikeData;
  /** One number per example. */
  readonly targets: NumbersLike;
}

/** Options of {@link linearRegressionProbe}. */
export interface LinearRegressionProbeOptions {
  /** Weight of the squared penalty on standardized features, as a share of the number of examples; default 1e-6. */
  readonly ridge?: number;
}

/**
 * R^2 of a linear regression, `1 - sum (y - prediction)^2 / sum (y - mean y)^2` on the test part: 1 is exact, 0 as good as the mean,
 * below 0 worse. The standard error is a jackknife over 20 groups of test examples.
 *
 * @param data features `[n, F]` with a real number per example, twice
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function linearRegressionProbe(
  data: { readonly train: TargetedFeatures; readonly test: TargetedFeatures },
  options: LinearRegressionProbeOptions = {},
): Estimate {
  const fn = "linearRegressionProbe";
  assertKnownOptions(fn, options, ["ridge"]);
  const { ridge = 1e-6 } = options;
  assertNumber({ fn, name: "ridge" }, ridge, { above: 0 });
  const [train, test] = (["train", "test"] as const).map((part) => {
    const matrix = matrixOf({ fn, name: `${part}.features` }, data[part].features);
    const at = { fn, name: `${part}.targets` };
    return { matrix, targets: numbersOf(at, data[part].targets, matrix.rows) };
  });
  assertSameWidth(fn, train.matrix, test.matrix);
  const scale = standardization(train.matrix);
  const predict = leastSquares({ ...train, matrix: scale(train.matrix) }, ridge);
  const sums = new Jackknife();
  predict(scale(test.matrix)).forEach((prediction, i) => {
    const y = test.targets[i];
    sums.add(i, { parts: [(y - prediction) ** 2, y, y * y] });
  });
  const { r2 } = sums.estimates(({ parts: [errors, y, squares] }, n) => ({
    r2: 1 - errors / (squares - (y * y) / n),
  }));
  return r2;
}

/** Linear regression on standardized features by the normal equations. */
function leastSquares(
  { matrix, targets }: { readonly matrix: Matrix; readonly targets: Float64Array },
  ridge: number,
): (given: Matrix) => Float64Array {
  const { data, rows, columns } = matrix;
  const mean = targets.reduce((sum, y) => sum + y, 0) / rows;
  const products = new Float64Array(columns * columns);
  const weights = new Float64Array(columns);
  for (let n = 0; n < rows; n++) {
    const row = data.subarray(n * columns, (n + 1) * columns);
    for (let i = 0; i < columns; i++) {
      weights[i] += row[i] * (targets[n] - mean);
      for (let j = 0; j < columns; j++) products[i * columns + j] += row[i] * row[j];
    }
  }
  for (let i = 0; i < columns; i++) products[i * (columns + 1)] += ridge * rows;
  const L = cholesky(products);
  if (L === undefined) throw new Error("internal: a penalized Gram matrix is positive definite");
  solveLower(L, weights);
  solveUpper(L, weights);
  return (given) =>
    Float64Array.from({ length: given.rows }, (_, n) => {
      let sum = mean;
      for (let j = 0; j < columns; j++) sum += weights[j] * given.data[n * columns + j];
      return sum;
    });
}
