import type { ArrayLikeData } from "../data/examples.ts";
import { arrayOf } from "./arrays.ts";

/** A figure and how far it may be off because the examples are a sample. */
export interface Estimate {
  readonly mean: number;
  /** Standard error of the mean; NaN for a single example. */
  readonly standardError: number;
}

/** Mean and standard error `s / sqrt(n)` of per-example numbers. */
export function estimateOf(values: Float64Array): Estimate {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / (n - 1) / n) };
}

/** The error function to 1.2e-7 (Numerical Recipes, erfc by a Chebyshev fit), as the normal distribution function. */
function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.5 * z);
  const coefficients = [
    0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
    0.37409196, 1.00002368, -1.26551223,
  ];
  const polynomial = coefficients.reduce((sum, c) => sum * t + c, 0);
  const upper = 0.5 * t * Math.exp(-z * z + polynomial);
  return x >= 0 ? 1 - upper : upper;
}

/** Variance of the posterior mean over the data above which a latent counts as active. */
export const activeThreshold = 0.01;

/**
 * Active units: dimensions d with `Var_x(E_q[z_d | x]) > 0.01`.
 *
 * The standard error is that of a count of independent decisions, each of which a new sample of examples would change
 * with the normal probability that its estimated variance lies on the other side of the threshold.
 * Source: Burda et al. 2016, section 5.2 (arXiv:1509.00519).
 *
 * @param means posterior means `[n, L]`, such as `encode` gives
 * @throws TypeError or RangeError for what is no such array
 */
export function activeUnits(means: ArrayLikeData): Estimate {
  const { data, shape } = arrayOf({ fn: "activeUnits", name: "means" }, means);
  const [n, dimensions] = shape;
  if (shape.length !== 2)
    throw new RangeError(
      `activeUnits: means must have the shape [n, L], got [${shape.join(", ")}]`,
    );
  let count = 0;
  let variance = 0;
  for (let d = 0; d < dimensions; d++) {
    let mean = 0;
    for (let i = 0; i < n; i++) mean += data[i * dimensions + d] / n;
    let second = 0;
    let fourth = 0;
    for (let i = 0; i < n; i++) {
      const square = (data[i * dimensions + d] - mean) ** 2;
      second += square / n;
      fourth += (square * square) / n;
    }
    const isActive = second > activeThreshold;
    if (isActive) count++;
    const error = Math.sqrt(Math.max(fourth - second * second, 0) / n);
    const p = error === 0 ? 0 : normalCdf(-Math.abs(second - activeThreshold) / error);
    variance += p * (1 - p);
  }
  return { mean: count, standardError: n > 1 ? Math.sqrt(variance) : NaN };
}

/** Groups of examples for {@link Jackknife}. */
const groups = 20;

/** Sums over all examples and over the examples of each of 20 groups, and figures of them with jackknife errors. */
export class Jackknife {
  private readonly sums = new Map<string, Float64Array[]>();
  private readonly counts = new Float64Array(groups);

  /** Adds one example's part. */
  add(index: number, parts: Readonly<Record<string, ArrayLike<number>>>): void {
    const group = index % groups;
    this.counts[group]++;
    for (const [name, values] of Object.entries(parts)) {
      let ofName = this.sums.get(name);
      if (ofName === undefined) {
        ofName = Array.from({ length: groups }, () => new Float64Array(values.length));
        this.sums.set(name, ofName);
      }
      const sum = ofName[group];
      for (let i = 0; i < values.length; i++) sum[i] += values[i];
    }
  }

  /** The figures over all examples; errors by leaving out one group at a time (Efron and Stein 1981). */
  estimates(
    finish: (sums: Record<string, Float64Array>, examples: number) => Record<string, number>,
  ): Record<string, Estimate> {
    const all = finish(...this.without(-1));
    const used = [...this.counts.keys()].filter((group) => this.counts[group] > 0);
    const partial = used.length > 1 ? used.map((group) => finish(...this.without(group))) : [];
    return Object.fromEntries(
      Object.entries(all).map(([name, mean]) => {
        const values = partial.map((figures) => figures[name]);
        const center = values.reduce((sum, value) => sum + value, 0) / values.length;
        const squares = values.reduce((sum, value) => sum + (value - center) ** 2, 0);
        const g = values.length;
        return [name, { mean, standardError: Math.sqrt(((g - 1) / g) * squares) }];
      }),
    );
  }

  private without(left: number): [Record<string, Float64Array>, number] {
    let examples = 0;
    this.counts.forEach((count, group) => {
      if (group !== left) examples += count;
    });
    const sums = [...this.sums].map(([name, ofName]) => {
      const total = new Float64Array(ofName[0].length);
      ofName.forEach((sum, group) => {
        if (group !== left) sum.forEach((value, i) => (total[i] += value));
      });
      return [name, total] as const;
    });
    return [Object.fromEntries(sums), examples];
  }
}
