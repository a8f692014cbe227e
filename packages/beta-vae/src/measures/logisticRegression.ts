/**
 * Multinomial logistic regression with a squared penalty, by L-BFGS.
 *
 * `min sum_i -ln softmax(W x_i + b)[y_i] + |W|^2 / (2 C)`, the intercepts free: scikit-learn's LogisticRegression. The
 * function is convex, so the answer does not depend on the way to it. Source of the method: Nocedal and Wright, "Numerical
 * Optimization", algorithm 7.4, with a backtracking line search.
 */

/** What a regression learns from. */
export interface RegressionProblem {
  /** Columns of features. */
  readonly features: readonly Float64Array[];
  readonly labels: Int32Array;
  readonly classes: number;
  readonly train: Int32Array;
}

/** Log probabilities of every class for a point. */
export type Predictor = (i: number) => Float64Array;

const memory = 10;
const mostSteps = 200;

/** @param C inverse strength of the penalty, default 1 */
export function logisticRegression(problem: RegressionProblem, { C = 1 } = {}): Predictor {
  const { features, labels, classes, train } = problem;
  const width = features.length + 1;
  const x = new Float64Array(width);
  const rowOf = (i: number): Float64Array => {
    for (let j = 0; j < features.length; j++) x[j] = features[j][i];
    x[features.length] = 1;
    return x;
  };
  // Rows one after the other: the loss goes over them some hundred times.
  const rows = new Float64Array(train.length * width);
  train.forEach((i, n) => {
    rows.set(rowOf(i), n * width);
  });
  const targets = Int32Array.from(train, (i) => labels[i]);
  const matrix: Matrix = { rows, targets, width, classes };
  const weights = minimize(new Float64Array(classes * width), (w) => lossAt(matrix, w, C));
  return (i) => {
    const out = new Float64Array(classes);
    logProbabilitiesInto(out, weights, rowOf(i), 0);
    return out;
  };
}

/** Training points as rows of `width` numbers, the last of them 1. */
interface Matrix {
  readonly rows: Float64Array;
  readonly targets: Int32Array;
  readonly width: number;
  readonly classes: number;
}

// eslint-disable-next-line max-params -- the innermost loop: an object per call would cost more than the sums
function logProbabilitiesInto(
  out: Float64Array,
  weights: Float64Array,
  rows: Float64Array,
  at: number,
): void {
  const classes = out.length;
  const width = weights.length / classes;
  let largest = -Infinity;
  for (let c = 0; c < classes; c++) {
    let score = 0;
    for (let j = 0; j < width; j++) score += weights[c * width + j] * rows[at + j];
    out[c] = score;
    if (score > largest) largest = score;
  }
  let sum = 0;
  for (let c = 0; c < classes; c++) sum += Math.exp(out[c] - largest);
  const logSum = largest + Math.log(sum);
  for (let c = 0; c < classes; c++) out[c] -= logSum;
}

interface Local {
  readonly value: number;
  readonly gradient: Float64Array;
}

function lossAt(
  { rows, targets, width, classes }: Matrix,
  weights: Float64Array,
  C: number,
): Local {
  const gradient = new Float64Array(weights.length);
  const logs = new Float64Array(classes);
  let value = 0;
  for (let n = 0; n < targets.length; n++) {
    const at = n * width;
    logProbabilitiesInto(logs, weights, rows, at);
    value -= logs[targets[n]];
    for (let c = 0; c < classes; c++) {
      const error = Math.exp(logs[c]) - (c === targets[n] ? 1 : 0);
      for (let j = 0; j < width; j++) gradient[c * width + j] += error * rows[at + j];
    }
  }
  for (let i = 0; i < weights.length; i++) {
    if (i % width === width - 1) continue; // the intercept is free
    value += (weights[i] * weights[i]) / (2 * C);
    gradient[i] += weights[i] / C;
  }
  return { value, gradient };
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** L-BFGS from a start, until the gradient is small beside the value. */
function minimize(start: Float64Array, f: (x: Float64Array) => Local): Float64Array {
  let x = start;
  let at = f(x);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let step = 0; step < mostSteps; step++) {
    if (Math.sqrt(dot(at.gradient, at.gradient)) < 1e-6 * Math.max(1, Math.abs(at.value))) break;
    const direction = descent(at.gradient, pairs);
    const slope = dot(direction, at.gradient);
    let length = pairs.length === 0 ? 1 / Math.max(1, Math.sqrt(dot(at.gradient, at.gradient))) : 1;
    let next = x;
    let there = at;
    for (let tries = 0; tries < 40; tries++, length /= 2) {
      next = x.map((value, i) => value + length * direction[i]);
      there = f(next);
      if (there.value <= at.value + 1e-4 * length * slope) break;
    }
    if (!(there.value < at.value)) break;
    const s = next.map((value, i) => value - x[i]);
    const y = there.gradient.map((value, i) => value - at.gradient[i]);
    const curvature = dot(s, y);
    if (curvature > 1e-12) pairs.push({ s, y, rho: 1 / curvature });
    if (pairs.length > memory) pairs.shift();
    [x, at] = [next, there];
  }
  return x;
}

/** Minus the gradient times the inverse Hessian that the pairs approximate. */
function descent(
  gradient: Float64Array,
  pairs: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = gradient.map((value) => -value);
  const alphas = new Float64Array(pairs.length);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i];
    alphas[i] = rho * dot(s, q);
    for (let k = 0; k < q.length; k++) q[k] -= alphas[i] * y[k];
  }
  const last = pairs.at(-1);
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let k = 0; k < q.length; k++) q[k] *= scale;
  }
  for (const [i, { s, y, rho }] of pairs.entries()) {
    const beta = rho * dot(y, q);
    for (let k = 0; k < q.length; k++) q[k] += s[k] * (alphas[i] - beta);
  }
  return q;
}
