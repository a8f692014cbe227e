import type { ArrayLikeData } from "../data/examples.ts";
import { symmetricEigen } from "../numeric/symmetricEigen.ts";
import { columnMeans, covarianceOf, matrixOf } from "./arrays.ts";
import type { Matrix } from "../numeric/matrix.ts";

/**
 * Fréchet distance between the Gaussians of two sets of features:
 * `|m_a - m_b|^2 + tr(S_a + S_b - 2 (S_a S_b)^(1/2))`, the squared 2-Wasserstein distance, in squared units of the features; 0 for
 * equal moments. With the features of Inception it is the FID; with those of a small classifier numbers compare only within
 * that classifier. It is biased upwards for few examples: compare sets of equal size.
 *
 * Covariances are divided by `n - 1`. Cost: `n F^2 + F^3`. Source: Heusel et al. 2017 (arXiv:1706.08500), equation 6.
 *
 * @param a features `[n, F]`, n at least 2
 * @param b features `[m, F]`
 * @throws TypeError or RangeError for arrays that do not fit
 */
export function frechetDistance(a: ArrayLikeData, b: ArrayLikeData): number {
  const fn = "frechetDistance";
  const [first, second] = [matrixOf({ fn, name: "a" }, a), matrixOf({ fn, name: "b" }, b)];
  if (first.columns !== second.columns) {
    throw new RangeError(
      `${fn}: b must have as many features as a (${first.columns}), got ${second.columns}`,
    );
  }
  const [p, q] = [momentsOf(fn, first), momentsOf(fn, second)];
  let distance = 0;
  for (let i = 0; i < first.columns; i++) {
    distance += (p.means[i] - q.means[i]) ** 2;
    distance += p.covariance[i * (first.columns + 1)] + q.covariance[i * (first.columns + 1)];
  }
  return Math.max(0, distance - 2 * traceOfRoot(p.covariance, q.covariance));
}

interface Moments {
  readonly means: Float64Array;
  readonly covariance: Float64Array;
}

function momentsOf(fn: string, matrix: Matrix): Moments {
  if (matrix.rows < 2) {
    throw new RangeError(`${fn}: both sets must hold at least 2 examples, got ${matrix.rows}`);
  }
  const means = columnMeans(matrix);
  return { means, covariance: covarianceOf(matrix, means) };
}

/** `tr (A B)^(1/2)`: with `A = U^T D U` the sum of the roots of the eigenvalues of `D^(1/2) U B U^T D^(1/2)`. */
function traceOfRoot(a: Float64Array, b: Float64Array): number {
  const { values, vectors } = symmetricEigen(a);
  const n = values.length;
  const roots = values.map((value) => Math.sqrt(Math.max(value, 0)));
  const half = times(vectors, b, n); // U B
  const inner = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += half[i * n + k] * vectors[j * n + k];
      inner[i * n + j] = inner[j * n + i] = roots[i] * sum * roots[j];
    }
  }
  return symmetricEigen(inner).values.reduce((sum, x) => sum + Math.sqrt(Math.max(x, 0)), 0);
}

/** The product of two matrices `[n, n]`. */
function times(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const x = a[i * n + k];
      for (let j = 0; j < n; j++) out[i * n + j] += x * b[k * n + j];
    }
  }
  return out;
}
