/**
 * Eigenvalues of a small symmetric matrix by Jacobi's rotations: each makes one pair of elements off the diagonal zero, and
 * after some sweeps over all pairs the diagonal holds the eigenvalues. Cost: `4 n^3` per sweep, seldom more than ten sweeps.
 * (A library of matrices would bring five packages into every installation for these lines.)
 *
 * Source: Golub and Van Loan, "Matrix Computations", section 8.5.
 */

/** Sweeps after which rounding is all that is left. */
const mostSweeps = 50;

/**
 * @param matrix symmetric, `[n][n]`
 * @returns n numbers, in no order
 */
export function symmetricEigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  const scale = Math.sqrt(a.reduce((sum, row) => sum + row.reduce((s, v) => s + v * v, 0), 0));
  for (let sweep = 0; sweep < mostSweeps && offDiagonal(a) > 1e-15 * scale; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, p, q);
  }
  return a.map((row, i) => row[i]);
}

/** Root of the sum of squares off the diagonal. */
const offDiagonal = (a: readonly (readonly number[])[]): number =>
  Math.sqrt(a.reduce((sum, row, i) => row.reduce((s, v, j) => (i === j ? s : s + v * v), sum), 0));

/** `J^T A J` with the rotation J of rows p and q that makes `a[p][q]` zero. */
function rotate(a: number[][], p: number, q: number): void {
  if (a[p][q] === 0) return;
  const tau = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = Math.sign(tau || 1) / (Math.abs(tau) + Math.hypot(1, tau));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  for (const row of a) {
    const [x, y] = [row[p], row[q]];
    row[p] = c * x - s * y;
    row[q] = s * x + c * y;
  }
  const [rowP, rowQ] = [[...a[p]], [...a[q]]];
  for (let k = 0; k < a.length; k++) {
    a[p][k] = c * rowP[k] - s * rowQ[k];
    a[q][k] = s * rowP[k] + c * rowQ[k];
  }
}
