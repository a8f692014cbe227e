/** Measures that need codes only. */
import { symmetricEigen, type ArrayLikeData } from "@elbo/core";
import { binned, mutualInformation } from "./mutualInformation.ts";
import { codeColumns } from "./representation.ts";

/** What codes tell about each other. */
export interface UnsupervisedScores {
  /** Total correlation of a Gaussian with the codes' covariance C: `1/2 (sum ln C_jj - ln det C)`, nats. */
  readonly gaussianTotalCorrelation: number;
  /** Squared 2-Wasserstein distance of that Gaussian from the product of its marginals: `2 tr C - 2 tr (D^1/2 C D^1/2)^1/2`, D the diagonal of C. */
  readonly wassersteinCorrelation: number;
  /** The same divided by tr C. */
  readonly wassersteinCorrelationNormalized: number;
  /** Mean mutual information of two different codes in 20 bins, nats. */
  readonly mutualInformation: number;
}

/**
 * How far codes are from independent, without factors; dead codes are left out (their variance is below 1e-12).
 *
 * Source: Locatello et al. 2019 (arXiv:1811.12359), section 5.2.
 *
 * @param codes `[n, J]`
 */
export function unsupervisedScores(codes: ArrayLikeData): UnsupervisedScores {
  const columns = codeColumns("unsupervisedScores", "codes", codes);
  const alive = columns.filter((code) => covariance(code, code) > 1e-12);
  if (alive.length === 0) {
    return {
      gaussianTotalCorrelation: 0,
      wassersteinCorrelation: 0,
      wassersteinCorrelationNormalized: 0,
      mutualInformation: 0,
    };
  }
  const C = alive.map((a) => alive.map((b) => covariance(a, b)));
  const variances = C.map((row, j) => row[j]);
  const trace = variances.reduce((a, b) => a + b, 0);
  const logVariances = variances.reduce((sum, v) => sum + Math.log(v), 0);
  const logDeterminant = symmetricEigen(C.flat()).values.reduce(
    (sum, value) => sum + Math.log(Math.max(value, 1e-300)),
    0,
  );
  const scaled = C.map((row, a) =>
    row.map((v, b) => Math.sqrt(variances[a]) * v * Math.sqrt(variances[b])),
  );
  const traceOfRoot = symmetricEigen(scaled.flat()).values.reduce(
    (sum, value) => sum + Math.sqrt(Math.max(value, 0)),
    0,
  );
  const wassersteinCorrelation = Math.max(0, 2 * trace - 2 * traceOfRoot);
  return {
    gaussianTotalCorrelation: 0.5 * (logVariances - logDeterminant),
    wassersteinCorrelation,
    wassersteinCorrelationNormalized: wassersteinCorrelation / trace,
    mutualInformation: meanMutualInformation(alive),
  };
}

/** With n - 1 in the denominator. */
function covariance(a: Float64Array, b: Float64Array): number {
  const n = a.length;
  const meanOf = (values: Float64Array): number =>
    values.reduce((sum, value) => sum + value, 0) / n;
  const [ma, mb] = [meanOf(a), meanOf(b)];
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (a[i] - ma) * (b[i] - mb);
  return sum / (n - 1);
}

function meanMutualInformation(codes: readonly Float64Array[]): number {
  const discrete = codes.map((code) => binned(code, 20));
  let sum = 0;
  let pairs = 0;
  for (let a = 0; a < codes.length; a++) {
    for (let b = 0; b < a; b++) {
      sum += mutualInformation(discrete[a], discrete[b]);
      pairs++;
    }
  }
  return pairs === 0 ? 0 : sum / pairs;
}
