/**
 * @file A mixture of Gaussians with full covariances, fitted by expectation maximization in float64. Cost per iteration: `n K L^2`.
 * Source: Bishop 2006, "Pattern Recognition and Machine Learning", section 9.2.2. As a sampler of latents fitted afterwards:
 * Ghosh et al. 2020 (arXiv:1903.12436), section 4.
 */
import { assertInteger, assertKnownOptions, assertNumber } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { ArrayLikeData } from "../data/examples.ts";
import { cholesky, logDeterminant, solveLower } from "../numeric/cholesky.ts";
import { matrixOf } from "../evaluation/arrays.ts";
import type { Matrix } from "../numeric/matrix.ts";
import { logSumExp } from "../numeric/logSumExp.ts";
import { registerModel } from "../saving/modelKind.ts";
import { Random } from "../random/random.ts";
import { savable } from "./savedSampler.ts";
import type { Sampler, SamplerValues } from "./savedSampler.ts";
import { readDraw } from "./standardNormal.ts";

/** Options of {@link gaussianMixture}. */
export interface GaussianMixtureOptions {
  /** Number of Gaussians, K; default 10. */
  readonly components?: number;
  /** Most iterations; default 100. Fitting stops before when the mean log likelihood gains less than 1e-4 nats. */
  readonly iterations?: number;
  /** Added to variances, as a share of the mean variance of the codes; default 1e-4. */
  readonly floor?: number;
  /** Seed of the starting means; default 0. */
  readonly seed?: number;
}

/** A fitted mixture: a sampler with a density. */
export interface GaussianMixture extends Sampler {
  /** K shares, sum 1. */
  readonly weights: Float64Array;
  /** `[K, L]` */
  readonly means: Float64Array;
  /** `[K, L, L]` */
  readonly covariances: Float64Array;
  /** `log p(z)` of codes `[n, L]` in nats. */
  logProb(codes: ArrayLikeData): Float64Array;
}

interface Component {
  weight: number;
  mean: Float64Array;
  covariance: Float64Array;
  factor: Float64Array;
  logDeterminant: number;
}

const logTwoPi = Math.log(2 * Math.PI);

/**
 * Fits a mixture of Gaussians to codes.
 *
 * @param codes `[n, L]`, draws of the aggregated posterior or mean latents; n above `components`
 * @throws TypeError or RangeError for codes or options that make no sense
 */
export function gaussianMixture(
  codes: ArrayLikeData,
  options: GaussianMixtureOptions = {},
): GaussianMixture {
  const fn = "gaussianMixture";
  assertKnownOptions(fn, options, ["components", "iterations", "floor", "seed"]);
  const { components: count = 10, iterations = 100, floor = 1e-4, seed = 0 } = options;
  const given = matrixOf({ fn, name: "codes" }, codes);
  assertInteger({ fn, name: "components" }, count, { min: 1, max: given.rows - 1 });
  assertInteger({ fn, name: "iterations" }, iterations, { min: 1 });
  assertNumber({ fn, name: "floor" }, floor, { above: 0 });
  assertInteger({ fn, name: "seed" }, seed);
  const total = covarianceOf(given, { mass: given.rows, of: () => 1, mean: meanOf(given) });
  let spread = 0;
  for (let d = 0; d < given.columns; d++) spread += total[d * (given.columns + 1)] / given.columns;
  const ridge = floor * Math.max(spread, Number.MIN_VALUE);
  const components = starts(given, count, new Random(seed).fork(fn)).map((mean) =>
    component({ weight: 1 / count, mean, covariance: total, ridge }),
  );
  const shares = new Float64Array(given.rows * count);
  let before = -Infinity;
  for (let i = 0; i < iterations; i++) {
    const fit = expectation(given, components, shares);
    if (fit - before < 1e-4) break;
    before = fit;
    maximization(given, components, { shares, ridge });
  }
  return mixtureOf(components, { count, size: given.columns });
}

function component({
  weight,
  mean,
  covariance,
  ridge,
}: {
  readonly weight: number;
  readonly mean: Float64Array;
  readonly covariance: Float64Array;
  readonly ridge: number;
}): Component {
  const size = mean.length;
  const padded = covariance.slice();
  for (let d = 0; d < size; d++) padded[d * (size + 1)] += ridge;
  const made = withFactor({ weight, mean, covariance: padded });
  if (made === undefined) throw new Error("internal: a covariance with a floor has a factor");
  return made;
}

/** Undefined for a covariance that is none. */
function withFactor(
  given: Pick<Component, "weight" | "mean" | "covariance">,
): Component | undefined {
  const factor = cholesky(given.covariance);
  return factor && { ...given, factor, logDeterminant: logDeterminant(factor) };
}

/** Starting means far from one another: k-means++ (Arthur and Vassilvitskii 2007). */
function starts(
  { data, rows, columns: size }: Matrix,
  count: number,
  random: Random,
): Float64Array[] {
  const row = (i: number): Float64Array => data.slice(i * size, (i + 1) * size);
  const means = [row(random.integer(rows))];
  const nearest = new Float64Array(rows).fill(Infinity);
  while (means.length < count) {
    const last = means[means.length - 1];
    let sum = 0;
    for (let i = 0; i < rows; i++) {
      let distance = 0;
      for (let d = 0; d < size; d++) distance += (data[i * size + d] - last[d]) ** 2;
      if (distance < nearest[i]) nearest[i] = distance;
      sum += nearest[i];
    }
    let left = random.uniform() * sum;
    let chosen = 0;
    while (chosen < rows - 1 && (left -= nearest[chosen]) > 0) chosen++;
    means.push(row(chosen));
  }
  return means;
}

/** `log weight + log N(z; mean, covariance)`. */
function logJoint(z: Float64Array, component: Component): number {
  const { weight, mean, factor } = component;
  const y = z.map((value, d) => value - mean[d]);
  solveLower(factor, y);
  let squares = 0;
  for (const value of y) squares += value * value;
  return Math.log(weight) - 0.5 * (squares + component.logDeterminant + z.length * logTwoPi);
}

/** Writes every component's share of every code and returns the mean log likelihood. */
function expectation(
  { data, rows, columns: size }: Matrix,
  components: readonly Component[],
  shares: Float64Array,
): number {
  let sum = 0;
  const logs = new Float64Array(components.length);
  for (let i = 0; i < rows; i++) {
    const z = data.subarray(i * size, (i + 1) * size);
    components.forEach((each, k) => (logs[k] = logJoint(z, each)));
    const all = logSumExp(logs);
    sum += all;
    for (let k = 0; k < logs.length; k++) shares[i * logs.length + k] = Math.exp(logs[k] - all);
  }
  return sum / rows;
}

function maximization(
  codes: Matrix,
  components: Component[],
  { shares, ridge }: { readonly shares: Float64Array; readonly ridge: number },
): void {
  const K = components.length;
  for (let k = 0; k < K; k++) {
    const of = (i: number): number => shares[i * K + k];
    let mass = 0;
    for (let i = 0; i < codes.rows; i++) mass += of(i);
    if (mass < 1e-8 * codes.rows) {
      components[k].weight = Math.max(mass / codes.rows, 1e-12); // nobody's: it stays where it was
      continue;
    }
    const mean = meanOf(codes, { mass, of });
    const covariance = covarianceOf(codes, { mass, of, mean });
    components[k] = component({ weight: mass / codes.rows, mean, covariance, ridge });
  }
}

interface Weighting {
  readonly mass: number;
  readonly of: (row: number) => number;
}

function meanOf(
  { data, rows, columns: size }: Matrix,
  { mass, of }: Weighting = { mass: rows, of: () => 1 },
): Float64Array {
  const mean = new Float64Array(size);
  for (let i = 0; i < rows; i++) {
    const w = of(i) / mass;
    for (let d = 0; d < size; d++) mean[d] += w * data[i * size + d];
  }
  return mean;
}

function covarianceOf(
  { data, rows, columns: size }: Matrix,
  { mass, of, mean }: Weighting & { readonly mean: Float64Array },
): Float64Array {
  const sums = new Float64Array(size * size);
  const centred = new Float64Array(size);
  for (let i = 0; i < rows; i++) {
    const w = of(i) / mass;
    if (w < 1e-12) continue;
    for (let d = 0; d < size; d++) centred[d] = data[i * size + d] - mean[d];
    for (let a = 0; a < size; a++) {
      const x = w * centred[a];
      for (let b = 0; b <= a; b++) sums[a * size + b] += x * centred[b];
    }
  }
  for (let a = 0; a < size; a++)
    for (let b = 0; b < a; b++) sums[b * size + a] = sums[a * size + b];
  return sums;
}

/** K and L of a mixture. */
interface MixtureSizes {
  readonly count: number;
  readonly size: number;
}

function mixtureOf(
  fitted: readonly Component[],
  { count: K, size }: MixtureSizes,
): GaussianMixture {
  let components = fitted;
  const joined = (pick: (each: Component) => Float64Array): Float64Array =>
    Float64Array.from(components.flatMap((each) => [...pick(each)]));
  const shares = (): Float64Array => Float64Array.from(components, ({ weight }) => weight);
  const means = (): Float64Array => joined(({ mean }) => mean);
  const covariances = (): Float64Array => joined(({ covariance }) => covariance);
  const saving = savable({
    kind: "gaussian-mixture",
    options: { components: K, size },
    shapes: { weights: [K], means: [K, size], covariances: [K, size, size] },
    read: () => ({
      weights: { data: shares(), shape: [K] },
      means: { data: means(), shape: [K, size] },
      covariances: { data: covariances(), shape: [K, size, size] },
    }),
    write: (values) => (components = componentsOf(values, size)),
  });
  return {
    ...saving,
    get weights() {
      return shares();
    },
    get means() {
      return means();
    },
    get covariances() {
      return covariances();
    },
    logProb(codes) {
      const { data, rows, columns } = matrixOf({ fn: "logProb", name: "codes" }, codes);
      if (columns !== size) {
        throw new RangeError(`logProb: codes must have ${size} values each, got ${columns}`);
      }
      const logs = new Float64Array(components.length);
      return Float64Array.from({ length: rows }, (_, i) => {
        const z = data.subarray(i * size, (i + 1) * size);
        components.forEach((each, k) => (logs[k] = logJoint(z, each)));
        return logSumExp(logs);
      });
    },
    sample(count, options = {}): Promise<NdArray> {
      const { random, temperature } = readDraw(count, options);
      const data = new Float32Array(count * size);
      const noise = new Float32Array(size);
      for (let row = 0; row < count; row++) {
        const stream = random.fork(row);
        let left = stream.uniform();
        let k = 0;
        while (k < components.length - 1 && (left -= components[k].weight) > 0) k++;
        stream.fillNormalInto(noise);
        const { mean, factor } = components[k];
        for (let a = 0; a < size; a++) {
          let sum = 0;
          for (let b = 0; b <= a; b++) sum += factor[a * size + b] * noise[b];
          data[row * size + a] = mean[a] + temperature * sum;
        }
      }
      return Promise.resolve({ data, shape: [count, size] });
    },
  };
}

/** @throws RangeError for shares that are none, or covariances that are not positive definite */
function componentsOf({ weights, means, covariances }: SamplerValues, size: number): Component[] {
  const sum = Array.from(weights.data).reduce((all, weight) => all + weight, 0);
  if (!(Math.abs(sum - 1) < 1e-6) || weights.data.some((weight) => weight < 0)) {
    throw new RangeError(
      `writeWeights: weights must be at least 0 with the sum 1, got the sum ${sum}`,
    );
  }
  return Array.from(weights.data, (weight, k) => {
    const mean = Float64Array.from(means.data.subarray(k * size, (k + 1) * size));
    const own = covariances.data.subarray(k * size * size, (k + 1) * size * size);
    const made = withFactor({ weight, mean, covariance: Float64Array.from(own) });
    if (made !== undefined && mean.every(Number.isFinite)) return made;
    throw new RangeError(
      `writeWeights: means must be finite and covariances positive definite, got others for the component ${k}`,
    );
  });
}

registerModel<GaussianMixture>({
  kind: "gaussian-mixture",
  build({ components, size }) {
    const fn = "gaussianMixture";
    assertInteger({ fn, name: "components" }, components, { min: 1 });
    assertInteger({ fn, name: "size" }, size, { min: 1 });
    return mixtureOf([], { count: components, size });
  },
});
