import type { ArrayLikeData } from "../data/examples.ts";
import { columnMeans, covarianceOf, matrixOf } from "../evaluation/arrays.ts";
import { cholesky, solveLower } from "../numeric/cholesky.ts";

/** Squared Mahalanobis distances of codes `[n, L]` from the Gaussian that was fitted. */
export type Mahalanobis = (codes: ArrayLikeData) => Float64Array;

/**
 * Fits a Gaussian to codes: `d^2(z) = (z - m)^T S^-1 (z - m)`, with a millionth of the mean variance added to S, so that latents
 * that nothing uses do no harm. Of Gaussian codes it has the chi-squared distribution with L degrees of freedom.
 *
 * @param codes mean latents `[n, L]` of normal examples, n at least 2
 */
export function latentGaussian(fn: string, codes: ArrayLikeData): Mahalanobis {
  const matrix = matrixOf({ fn, name: "codes" }, codes);
  const { rows, columns } = matrix;
  if (rows < 2) throw new RangeError(`${fn}: normal must hold at least 2 examples, got ${rows}`);
  const mean = columnMeans(matrix);
  const covariance = covarianceOf(matrix, mean);
  let spread = 0;
  for (let d = 0; d < columns; d++) spread += covariance[d * (columns + 1)] / columns;
  for (let d = 0; d < columns; d++) {
    covariance[d * (columns + 1)] += Math.max(1e-6 * spread, 1e-12);
  }
  const L = cholesky(covariance);
  if (L === undefined) throw new Error("internal: a covariance with a floor has a factor");
  return (given) => {
    const asked = matrixOf({ fn, name: "codes" }, given);
    const y = new Float64Array(columns);
    return Float64Array.from({ length: asked.rows }, (_, n) => {
      for (let d = 0; d < columns; d++) y[d] = asked.data[n * columns + d] - mean[d];
      solveLower(L, y);
      return y.reduce((sum, value) => sum + value * value, 0);
    });
  };
}
