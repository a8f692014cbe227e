/**
 * InfoMEC: modularity, compactness and explicitness in terms of information, each in [0, 1].
 *
 * Source: Hsu et al. 2023, "Disentanglement via latent quantization" (arXiv:2305.18378), section 4 and appendix B. Where the
 * authors' program (kylehkhsu/latent_quantization, `disentangle/metrics/infomec.py`) computes something else:
 *
 * - Nearest neighbours: they look at the tenth, this at the third, scikit-learn's default.
 * - Quantized codes: they count when told that codes are discrete. Here equal values count as one, and nobody has to tell; a code that
 *   is constant up to a few points is measured right too.
 * - Active codes: theirs have a range above a twentieth of the largest, which the scale of a code decides. Here a code is active whose
 *   information about some factor is at least a twentieth of that factor's entropy, so that scales change nothing; a wide code of noise is
 *   inactive here and lowers the modularity there.
 * - Explicitness: they fit a regression without penalty and with balanced classes, one-hot for quantized codes, and score it on the same
 *   points against the balanced cross entropy ln(classes). Here it has scikit-learn's penalty (C = 1) and classes as frequent as they
 *   are, always takes codes as numbers, and is scored on points held out against the factor's entropy; a factor below 0 counts 0.
 */
import { readOptions } from "@elbo/core";
import { factorRegressions } from "./factorRegressions.ts";
import type { FactorRegression } from "./factorRegressions.ts";
import { entropy } from "./mutualInformation.ts";
import type { CodeFactorTable } from "./mutualInformation.ts";
import { columnsOf, measureOptions } from "./representation.ts";
import type { Columns, Representation, SeedOptions } from "./representation.ts";

/** The three scores. */
export interface InfoMec {
  /** Whether each active code has information about one factor only. */
  readonly modularity: number;
  /** Whether each factor's information lies in one code. */
  readonly compactness: number;
  /** Share of a factor's entropy that a linear classifier on the codes takes away, on held-out points. */
  readonly explicitness: number;
  /** `[J][K]`: `I(z_j; v_k) / H(v_k)`. */
  readonly information: CodeFactorTable;
}

/** A code whose information about every factor is below this share of the factor's entropy is inactive. */
const activeShare = 0.05;

/** @param options seed of the split into points for training and testing */
export function infoMec(representation: Representation, options: SeedOptions = {}): InfoMec {
  const fn = "infoMec";
  const { seed } = readOptions(fn, { seed: measureOptions.seed }, options);
  const columns = columnsOf(fn, representation);
  return infoMecOf(columns, factorRegressions(columns, seed));
}

/** {@link infoMec} of columns and of classifiers of their factors. */
export function infoMecOf(columns: Columns, regressions: readonly FactorRegression[]): InfoMec {
  const used = columns.factors.filter((_, k) => columns.classes[k] > 1);
  const entropies = used.map(entropy);
  const information = columns.codes.map((code) =>
    used.map((factor, k) => neighbourInformation(code, factor) / entropies[k]),
  );
  const active = information.filter((row) => Math.max(...row, 0) >= activeShare);
  const byFactor = used.map((_, k) => active.map((row) => row[k]));
  return {
    modularity: ratio(active),
    compactness: ratio(byFactor),
    explicitness: linearInformation(regressions, entropies),
    information,
  };
}

/** The mean over rows of `max / sum`, stretched so that an even row has 0 and a row of one number 1. */
function ratio(rows: CodeFactorTable): number {
  const width = rows[0]?.length ?? 0;
  if (rows.length === 0 || width === 0) return 0;
  if (width === 1) return 1;
  const mean =
    rows.reduce((sum, row) => {
      const total = row.reduce((a, b) => a + b, 0);
      return sum + (total > 0 ? Math.max(...row) / total : 1 / width);
    }, 0) / rows.length;
  return (mean - 1 / width) / (1 - 1 / width);
}

/** The mean over factors of `(H - cross entropy) / H`, not below 0. */
function linearInformation(
  regressions: readonly FactorRegression[],
  entropies: readonly number[],
): number {
  const shares = regressions.map(({ labels, logs }, k) => {
    const cross = logs.reduce((sum, row, i) => sum - row[labels[i]], 0) / logs.length;
    return Math.max(0, 1 - cross / entropies[k]);
  });
  return shares.reduce((a, b) => a + b, 0) / Math.max(1, shares.length);
}

/** Neighbours that are looked at. */
const neighbours = 3;

/**
 * Mutual information of a continuous column and a discrete one, nats, by the distances to the third neighbour of the same
 * class: `psi(N) + psi(k) - mean psi(N_class) - mean psi(m)`, with m the number of points within that distance; not below 0.
 *
 * Classes of one point are left out. Where k neighbours have the very same value, k is the number of those that have it, so
 * that a column of few values is measured as the discrete one it is.
 * Source: Ross 2014, "Mutual information between discrete and continuous data sets", equation 2; equal values as in Gao et al.
 * 2017 (arXiv:1709.06212), algorithm 1.
 */
export function neighbourInformation(values: Float64Array, classes: Int32Array): number {
  const groups = new Map<number, number[]>();
  classes.forEach((c, i) => {
    const group = groups.get(c);
    if (group === undefined) groups.set(c, [i]);
    else group.push(i);
  });
  const kept = [...groups.values()].filter((group) => group.length > 1);
  const points = kept.flat();
  const sorted = Float64Array.from(points, (i) => values[i]).sort();
  let sum = 0;
  for (const group of kept) {
    const own = Float64Array.from(group, (i) => values[i]).sort();
    const k = Math.min(neighbours, own.length - 1);
    for (let i = 0; i < own.length; i++) {
      const radius = nearestRadius(own, i, k);
      // Points strictly closer than the k-th neighbour, and the point itself, as scikit-learn counts.
      const m = countWithin(sorted, own[i], radius);
      const near = radius === 0 ? countWithin(own, own[i], 0) : k;
      sum += digamma(near) - digamma(own.length) - digamma(m);
    }
  }
  const n = points.length;
  return n === 0 ? 0 : Math.max(0, digamma(n) + sum / n);
}

/** The distance to the k-th nearest other value of a sorted list. */
function nearestRadius(sorted: Float64Array, at: number, k: number): number {
  let low = at;
  let high = at;
  let radius = 0;
  for (let found = 0; found < k; found++) {
    const left = low > 0 ? sorted[at] - sorted[low - 1] : Infinity;
    const right = high + 1 < sorted.length ? sorted[high + 1] - sorted[at] : Infinity;
    if (left <= right) low--;
    else high++;
    radius = Math.min(left, right);
  }
  return radius;
}

/** How many values of a sorted list lie closer than a radius (at least the point itself; equal ones where the radius is 0). */
function countWithin(sorted: Float64Array, center: number, radius: number): number {
  const isInside = (value: number): boolean =>
    radius === 0 ? value === center : Math.abs(value - center) < radius;
  const below = firstIndex(sorted, (value) => value >= center || isInside(value));
  let end = firstIndex(sorted, (value) => value > center && !isInside(value));
  if (end < below) end = below;
  return Math.max(1, end - below);
}

/** The first index from which a condition holds; it must hold from there on. */
function firstIndex(sorted: Float64Array, holds: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The logarithmic derivative of the gamma function for positive numbers: recurrence to 6, then the asymptotic series. */
export function digamma(x: number): number {
  let sum = 0;
  let at = x;
  for (; at < 6; at++) sum -= 1 / at;
  const inverse = 1 / (at * at);
  return (
    sum +
    Math.log(at) -
    0.5 / at -
    inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse / 240)))
  );
}
