import * as tf from "@tensorflow/tfjs-core";
import { expectClose } from "@elbo/test-utils";
import { expectGradient } from "@elbo/test-utils/tensors";
import { describe, expect, test } from "vitest";
import { gaussian, gaussianKl, sumPerExample } from "../src/distributions/index.ts";
import type { GaussianParameters } from "../src/distributions/index.ts";
import { importanceWeightedBound } from "../src/objective/bounds.ts";
import { compute, meanOf, normals, toTensor } from "./support/tensors.ts";

test("the bound is the logarithm of the mean weight, also where the weights overflow", () => {
  expectClose(
    compute(() =>
      importanceWeightedBound(
        tf.tensor2d([
          [Math.log(1), 900],
          [Math.log(3), 900],
        ]),
      ),
    ),
    [Math.log(2), 900],
  );
  expect([...compute(() => importanceWeightedBound(tf.tensor2d([[-2, 7]])))]).toEqual([-2, 7]);
});

test("its gradient is the normalized weights", () => {
  const bound = (columns: readonly (readonly number[])[]): number =>
    columns.reduce((total, column) => {
      const largest = Math.max(...column);
      const sum = column.reduce((t, w) => t + Math.exp(w - largest), 0);
      return total + largest + Math.log(sum / column.length);
    }, 0);
  expectGradient({
    inputs: [tf.tensor2d([1, 2, 2, -3, 2, 0.5], [3, 2])],
    fn: importanceWeightedBound,
    reference: (w) => bound([0, 1].map((b) => [w[b], w[2 + b], w[4 + b]])),
  });
});

test("log weights of another rank are refused", () => {
  expect(() => importanceWeightedBound(tf.zeros([3]))).toThrow(
    "importanceWeightedBound: logWeights must have the shape [k, B], got [3]",
  );
});

/*
 * Probabilistic PCA (Tipping and Bishop 1999): z ~ N(0, I) of 2 dimensions, x = W z + N(0, variance I) of 4. The columns of W are
 * orthogonal, so that the exact posterior is a diagonal Gaussian; ln p(x) comes from the covariance W W' + variance I by Cholesky.
 */
describe("probabilistic PCA", () => {
  const loadings = [
    [1, 0.5],
    [-1, 0.5],
    [0.5, 1],
    [0.5, -1],
  ];
  const variance = 0.25;
  const x = [0.9, -0.4, 1.1, -0.7];
  const columns = [0, 1].map((j) => loadings.map((row) => row[j]));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((total, value, i) => total + value * b[i], 0);

  const exact = logDensity(
    x,
    loadings.map((a, i) => loadings.map((b, j) => dot(a, b) + (i === j ? variance : 0))),
  );
  const posteriorVariances = columns.map((w) => 1 / (1 + dot(w, w) / variance));
  const posteriorMeans = columns.map((w, j) => (posteriorVariances[j] * dot(w, x)) / variance);
  /** Half a standard deviation off and 1.3 times as wide as the posterior. */
  const shift = 0.5;
  const widening = 1.3;
  const parameters = (off: number, factor: number): GaussianParameters => ({
    mean: tf.tensor1d(posteriorMeans.map((m, j) => m + off * Math.sqrt(posteriorVariances[j]))),
    logVar: tf.tensor1d(posteriorVariances.map((v) => Math.log(factor * v))),
  });
  const posterior = parameters(0, 1);
  const approximation = parameters(shift, widening);

  const k = 64;
  const replicates = 1500;
  const noise = toTensor(normals(1, [k * replicates, 2]));
  /** `ln p(x | z) + ln p(z) - ln q(z)` of k samples for every replicate, `[k, replicates]`. */
  const logWeights = (q: GaussianParameters): tf.Tensor2D =>
    tf.tidy(() => {
      const z = gaussian(q).sample(noise) as tf.Tensor2D;
      const mean = tf.matMul(z, tf.tensor2d(loadings), false, true);
      const likelihood = gaussian({ mean, logVar: Math.log(variance) }).logProb(tf.tensor1d(x));
      const prior = gaussian({ mean: tf.zeros([2]), logVar: 0 }).logProb(z);
      const ratio = tf.sub(prior, gaussian(q).logProb(z));
      return tf.reshape(tf.add(sumPerExample(likelihood), sumPerExample(ratio)), [k, replicates]);
    });

  test("with the exact posterior the bound is ln p(x) for every sample", () => {
    const bounds = compute(() => importanceWeightedBound(logWeights(posterior)));
    expectClose(
      bounds,
      [...bounds].map(() => exact),
      { rtol: 0, atol: 1e-4 },
    );
  });

  const weights = logWeights(approximation);
  /** The bounds of `size` samples, averaged over the groups of that size among the k samples of a replicate. */
  const boundsOf = (size: number): Float32Array =>
    compute(() => {
      const groups = tf.reshape(tf.transpose(weights), [replicates * (k / size), size]);
      const bounds = importanceWeightedBound(tf.transpose(groups));
      return tf.mean(tf.reshape(bounds, [replicates, k / size]), 1);
    });

  test("the bound of one sample is the ELBO on average", () => {
    const gap = compute(() => tf.sum(gaussianKl(approximation, posterior)))[0];
    const { mean, error } = meanOf(boundsOf(1));
    expect(Math.abs(mean - (exact - gap))).toBeLessThan(4.5 * error);
  });

  test("the bound tightens with k, for every replicate and not only on average", () => {
    const sizes = [1, 4, 16, 64];
    const bounds = sizes.map(boundsOf);
    for (let i = 1; i < sizes.length; i++) {
      // By Jensen's inequality within the replicate; 1e-5 for float32.
      expect(bounds[i].every((bound, r) => bound >= bounds[i - 1][r] - 1e-5)).toBe(true);
      expect(meanOf(bounds[i]).mean).toBeGreaterThan(meanOf(bounds[i - 1]).mean);
    }
  });

  test.each([4, 16, 64])(
    "the bound of %d samples lies below ln p(x) by the variance of a weight over 2k",
    (size) => {
      // E[w^2] = integral of posterior^2 / q for each dimension, in units of the posterior's standard deviation.
      const spread = 2 * widening - 1;
      const second = ((widening / Math.sqrt(spread)) * Math.exp(shift ** 2 / spread)) ** 2;
      const relativeVariance = second - 1;
      const { mean, error } = meanOf(boundsOf(size));
      expect(mean).toBeLessThan(exact + 4.5 * error);
      // The next order of the expansion of E[ln mean w] is a few times 1 / k^2 (Maddison et al. 2017, proposition 1).
      const nextOrder = 1 / size ** 2;
      expect(Math.abs(mean - (exact - relativeVariance / (2 * size)))).toBeLessThan(
        4.5 * error + nextOrder,
      );
    },
  );
});

/** Log density of N(0, covariance) by Cholesky. */
function logDensity(x: readonly number[], covariance: readonly (readonly number[])[]): number {
  const n = x.length;
  const lower = covariance.map(() => new Array<number>(n).fill(0));
  const solved: number[] = [];
  let result = (-n / 2) * Math.log(2 * Math.PI);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = covariance[i][j];
      for (let m = 0; m < j; m++) rest -= lower[i][m] * lower[j][m];
      lower[i][j] = i === j ? Math.sqrt(rest) : rest / lower[j][j];
    }
    let rest = x[i];
    for (let m = 0; m < i; m++) rest -= lower[i][m] * solved[m];
    solved.push(rest / lower[i][i]);
    result -= Math.log(lower[i][i]) + solved[i] ** 2 / 2;
  }
  return result;
}
