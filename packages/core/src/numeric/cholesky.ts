/** Cholesky factors of symmetric positive definite matrices, row-major in one array. */

/**
 * The lower triangular `L` of `A = L L^T`; undefined for a matrix that is not positive definite.
 *
 * Source: Golub and Van Loan, "Matrix Computations", algorithm 4.2.1.
 *
 * @param matrix `[n, n]`, symmetric
 */
export function cholesky(matrix: ArrayLike<number>): Float64Array | undefined {
  const n = Math.round(Math.sqrt(matrix.length));
  const L = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j];
      for (let k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
      if (i !== j) L[i * n + j] = sum / L[j * n + j];
      else if (sum > 0) L[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return L;
}

/** Solves `L y = b` in place. */
export function solveLower(L: Float64Array, b: Float64Array): void {
  const n = b.length;
  for (let i = 0; i < n; i++) {
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= L[i * n + k] * b[k];
    b[i] = sum / L[i * n + i];
  }
}

/** Solves `L^T x = y` in place. */
export function solveUpper(L: Float64Array, y: Float64Array): void {
  const n = y.length;
  for (let i = n - 1; i >= 0; i--) {
    let sum = y[i];
    for (let k = i + 1; k < n; k++) sum -= L[k * n + i] * y[k];
    y[i] = sum / L[i * n + i];
  }
}

/** `ln det A` of the matrix whose factor it is. */
export function logDeterminant(L: Float64Array): number {
  const n = Math.round(Math.sqrt(L.length));
  let sum = 0;
  for (let i = 0; i < n; i++) sum += 2 * Math.log(L[i * n + i]);
  return sum;
}
