/**
 * @file L-BFGS: minimizes a smooth function by steps along minus the gradient times an approximate inverse Hessian, which the last ten
 * steps give. Source: Nocedal and Wright, "Numerical Optimization", algorithms 7.4 and 7.5, with a backtracking line search.
 */

/** A function's value and gradient at a point. */
export interface Local {
  readonly value: number;
  readonly gradient: Float64Array;
}

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly rho: number;
}

const memory = 10;
const mostSteps = 200;

/** Goes downhill from a start until the gradient is small beside the value, or 200 steps were made. */
export function minimize(start: Float64Array, f: (x: Float64Array) => Local): Float64Array {
  let x = start;
  let at = f(x);
  const pairs: Pair[] = [];
  for (let step = 0; step < mostSteps; step++) {
    if (norm(at.gradient) < 1e-6 * Math.max(1, Math.abs(at.value))) break;
    const direction = descent(at.gradient, pairs);
    const slope = dot(direction, at.gradient);
    let length = pairs.length === 0 ? 1 / Math.max(1, norm(at.gradient)) : 1;
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
function descent(gradient: Float64Array, pairs: readonly Pair[]): Float64Array {
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

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));
