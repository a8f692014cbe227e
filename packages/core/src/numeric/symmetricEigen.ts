/**
 * @file Eigenvalues and eigenvectors of a symmetric matrix: Householder reflections to a tridiagonal matrix, then implicit QL
 * steps with Wilkinson's shift. Cost: some `5 n^3` multiplications, half a second for n = 512. Source: Golub and Van Loan,
 * "Matrix Computations", sections 8.3.1 and 8.3.3. (A library of matrices would bring five packages into every installation.)
 */

/** What {@link symmetricEigen} gives. */
export interface Eigen {
  /** n eigenvalues, the largest first. */
  readonly values: Float64Array;
  /** `[n, n]`, row i the unit eigenvector of the value i; its first component that is not small is positive. */
  readonly vectors: Float64Array;
}

/**
 * The eigenvalues and eigenvectors of a symmetric matrix, `A = sum_i values[i] v_i v_i^T`.
 *
 * @param matrix `[n, n]`, row-major, symmetric
 * @throws Error when it holds what is not finite
 */
export function symmetricEigen(matrix: ArrayLike<number>): Eigen {
  const n = Math.round(Math.sqrt(matrix.length));
  const { diagonal, beside, vectors } = tridiagonalize(Float64Array.from(matrix), n);
  const budget = { steps: 60 * n };
  for (let at = 0; at < n; at++) {
    for (;;) {
      const end = blockEnd(diagonal, beside, at);
      if (end === at) break;
      if (budget.steps-- <= 0)
        throw new Error("internal: eigenvalues need a matrix of finite numbers");
      qlStep({ diagonal, beside, vectors }, at, end);
    }
  }
  return inOrder(diagonal, vectors);
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[i]` stands between i and i + 1. */
  readonly beside: Float64Array;
  /** `[n, n]`, the transposed product of all rotations so far: rows become eigenvectors. */
  readonly vectors: Float64Array;
}

/** `Q^T A Q` tridiagonal, by a reflection per column; A is overwritten. */
function tridiagonalize(a: Float64Array, n: number): Tridiagonal {
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  const v = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 2; k++) {
    const scale = reflectionInto(v, a, { n, k });
    if (scale === 0) continue;
    reflectBothSides(a, { v, p, scale, k, n });
    reflectRows(vectors, { v, p, scale, k, n });
  }
  return {
    diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]),
    beside: Float64Array.from({ length: n }, (_, i) => (i + 1 < n ? a[i * n + i + 1] : 0)),
    vectors,
  };
}

/** `v` from k + 1 on, so that `I - scale v v^T` turns the rest of row k into one number; 0 where it is one already. */
function reflectionInto(
  v: Float64Array,
  a: Float64Array,
  { n, k }: { readonly n: number; readonly k: number },
): number {
  let rest = 0;
  for (let i = k + 2; i < n; i++) rest += a[k * n + i] ** 2;
  if (rest === 0) return 0;
  const first = a[k * n + k + 1];
  const alpha = (first > 0 ? -1 : 1) * Math.sqrt(first * first + rest);
  v[k + 1] = first - alpha;
  for (let i = k + 2; i < n; i++) v[i] = a[k * n + i];
  return 2 / (v[k + 1] ** 2 + rest);
}

interface Reflection {
  readonly v: Float64Array;
  /** Room for a vector. */
  readonly p: Float64Array;
  readonly scale: number;
  readonly k: number;
  readonly n: number;
}

/** `H A H` with `H = I - scale v v^T`, as a symmetric update of rank two. */
function reflectBothSides(a: Float64Array, { v, p, scale, k, n }: Reflection): void {
  for (let i = k; i < n; i++) {
    let sum = 0;
    for (let j = k + 1; j < n; j++) sum += a[i * n + j] * v[j];
    p[i] = scale * sum;
  }
  let inner = 0;
  for (let i = k + 1; i < n; i++) inner += p[i] * v[i];
  const half = (scale * inner) / 2;
  for (let i = k + 1; i < n; i++) p[i] -= half * v[i];
  for (let i = k + 1; i < n; i++) {
    for (let j = k + 1; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
  }
  const pk = p[k];
  for (let j = k + 1; j < n; j++) {
    a[k * n + j] -= pk * v[j];
    a[j * n + k] = a[k * n + j];
  }
}

/** `H V`: the rows from k + 1 on. */
function reflectRows(vectors: Float64Array, { v, p, scale, k, n }: Reflection): void {
  p.fill(0);
  for (let i = k + 1; i < n; i++) {
    for (let j = 0; j < n; j++) p[j] += v[i] * vectors[i * n + j];
  }
  for (let i = k + 1; i < n; i++) {
    const factor = scale * v[i];
    for (let j = 0; j < n; j++) vectors[i * n + j] -= factor * p[j];
  }
}

/** The last index of the block that starts at an index and that no negligible element parts. */
function blockEnd(diagonal: Float64Array, beside: Float64Array, start: number): number {
  let end = start;
  for (; end < diagonal.length - 1; end++) {
    const scale = Math.abs(diagonal[end]) + Math.abs(diagonal[end + 1]);
    if (Math.abs(beside[end]) <= Number.EPSILON * scale) break;
  }
  return end;
}

/** One implicit QL step on the block `start .. end`, with the shift of its first two rows. */
function qlStep({ diagonal, beside, vectors }: Tridiagonal, start: number, end: number): void {
  const n = diagonal.length;
  const slope = (diagonal[start + 1] - diagonal[start]) / (2 * beside[start]);
  const root = Math.hypot(slope, 1);
  const shift = diagonal[start] - beside[start] / (slope + (slope >= 0 ? root : -root));
  let [c, s, moved] = [1, 1, 0];
  let bulge = diagonal[end] - shift;
  for (let i = end - 1; i >= start; i--) {
    const f = s * beside[i];
    const b = c * beside[i];
    const r = Math.hypot(f, bulge);
    beside[i + 1] = r;
    if (r === 0) {
      diagonal[i + 1] -= moved;
      beside[end] = 0;
      return;
    }
    s = f / r;
    c = bulge / r;
    const base = diagonal[i + 1] - moved;
    const turn = (diagonal[i] - base) * s + 2 * c * b;
    moved = s * turn;
    diagonal[i + 1] = base + moved;
    bulge = c * turn - b;
    const [low, high] = [i * n, (i + 1) * n];
    for (let k = 0; k < n; k++) {
      const x = vectors[high + k];
      vectors[high + k] = s * vectors[low + k] + c * x;
      vectors[low + k] = c * vectors[low + k] - s * x;
    }
  }
  diagonal[start] -= moved;
  beside[start] = bulge;
  beside[end] = 0;
}

/** The largest value first, every vector with a sign that does not depend on the way to it. */
function inOrder(values: Float64Array, vectors: Float64Array): Eigen {
  const n = values.length;
  const order = Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a]);
  const sorted = new Float64Array(n * n);
  order.forEach((from, to) => {
    const row = vectors.subarray(from * n, (from + 1) * n);
    const large = row.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const sign = (row.find((x) => Math.abs(x) > 1e-3 * large) ?? 1) < 0 ? -1 : 1;
    for (let k = 0; k < n; k++) sorted[to * n + k] = sign * row[k];
  });
  return { values: Float64Array.from(order, (i) => values[i]), vectors: sorted };
}
