import { assertInteger } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { ArrayLikeData } from "../data/examples.ts";
import { columnMeans, covarianceOf, matrixOf } from "../evaluation/arrays.ts";
import { symmetricEigen } from "../numeric/symmetricEigen.ts";

/** The directions in which codes vary most. */
export interface PrincipalComponents {
  /** Mean of the codes, `[L]`. */
  readonly mean: Float64Array;
  /** Unit directions `[components, L]`, the one of the largest variance first. */
  readonly directions: Float64Array;
  /** Variance along each direction. */
  readonly variances: Float64Array;
  /** Share of the whole variance along each direction. */
  readonly shares: Float64Array;
  /** Coordinates `[n, components]` of codes `[n, L]`. */
  project(codes: ArrayLikeData): NdArray<Float32Array>;
}

/**
 * Principal components of codes: eigenvectors of their covariance.
 *
 * @param codes `[n, L]`, n at least 2
 * @param components how many; default 2
 * @throws TypeError or RangeError for codes that are no matrix, or more components than latents
 */
export function principalComponents(codes: ArrayLikeData, components = 2): PrincipalComponents {
  const fn = "principalComponents";
  const matrix = matrixOf({ fn, name: "codes" }, codes);
  const { columns: size } = matrix;
  assertInteger({ fn, name: "components" }, components, { min: 1, max: size });
  assertInteger({ fn, name: "number of codes" }, matrix.rows, { min: 2 });
  const mean = columnMeans(matrix);
  const { values, vectors } = symmetricEigen(covarianceOf(matrix, mean));
  const total = values.reduce((sum, value) => sum + value, 0);
  const directions = vectors.slice(0, components * size);
  return {
    mean,
    directions,
    variances: values.slice(0, components),
    shares: values.slice(0, components).map((value) => (total > 0 ? value / total : 0)),
    project(given) {
      const asked = matrixOf({ fn, name: "codes" }, given);
      if (asked.columns !== size) {
        throw new RangeError(`${fn}: codes must have ${size} values each, got ${asked.columns}`);
      }
      const data = new Float32Array(asked.rows * components);
      for (let n = 0; n < asked.rows; n++) {
        for (let k = 0; k < components; k++) {
          let sum = 0;
          for (let d = 0; d < size; d++) {
            sum += (asked.data[n * size + d] - mean[d]) * directions[k * size + d];
          }
          data[n * components + k] = sum;
        }
      }
      return { data, shape: [asked.rows, components] };
    },
  };
}
