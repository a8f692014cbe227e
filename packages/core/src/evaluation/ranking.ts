/** How well scores tell positives from negatives, at all thresholds at once. */
import { assertInteger, assertKnownOptions } from "@elbo/common";
import type { ArgumentName } from "@elbo/common";
import { quantileOf } from "../numeric/quantile.ts";
import { Random } from "../random/random.ts";
import { marksOf, numbersOf } from "./arrays.ts";
import type { NumbersLike } from "./arrays.ts";
import type { Estimate } from "./estimate.ts";

/** A figure with its standard error and a 95 % confidence interval, which need not be symmetric. */
export interface IntervalEstimate extends Estimate {
  readonly interval: readonly [low: number, high: number];
}

/** Which examples are positive: `true` or 1. */
export type PositivesLike = NumbersLike | readonly boolean[];

interface Ranked {
  readonly scores: Float64Array;
  readonly positive: Uint8Array;
  readonly positives: number;
}

function rankedOf(fn: string, scores: NumbersLike, positive: PositivesLike): Ranked {
  const values = numbersOf({ fn, name: "scores" }, scores);
  const { marked, count } = marksOf({ fn, name: "positive" }, positive, values.length);
  return { scores: values, positive: marked, positives: count };
}

/**
 * Area under the ROC curve: the probability that a positive has the higher score than a negative, ties counting half.
 *
 * The standard error is DeLong's, from the mean rank of every example among the other kind; the interval is symmetric in the
 * logit of the area, so it stays in [0, 1]. An area of exactly 0 or 1 has the standard error 0: too few examples, not certainty.
 * Cost: `n log n`. Sources: DeLong et al. 1988, Biometrics 44, 837; Sun and Xu 2014, IEEE Signal Processing Letters 21, 1389;
 * Pepe 2003 for the logit.
 *
 * @param scores one number per example, high for positives
 * @param positive one mark per example
 * @throws TypeError or RangeError for lists that do not fit, or without a positive or a negative
 */
export function auroc(scores: NumbersLike, positive: PositivesLike): IntervalEstimate {
  const fn = "auroc";
  const ranked = rankedOf(fn, scores, positive);
  const { above, below } = placements(ranked);
  const mean = meanOf(above);
  const variance = varianceOf(above) / above.length + varianceOf(below) / below.length;
  const standardError = Math.sqrt(variance);
  return { mean, standardError, interval: logitInterval(mean, standardError) };
}

/** For each positive the share of negatives below it, and for each negative the share of positives above it. */
function placements({ scores, positive, positives }: Ranked): {
  above: Float64Array;
  below: Float64Array;
} {
  const n = scores.length;
  const order = Int32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const above: number[] = [];
  const below: number[] = [];
  let [seenPositive, seenNegative] = [0, 0];
  for (let start = 0; start < n;) {
    let end = start;
    let tied = 0;
    for (; end < n && scores[order[end]] === scores[order[start]]; end++) {
      tied += positive[order[end]];
    }
    const tiedNegatives = end - start - tied;
    for (let i = 0; i < tied; i++) above.push((seenNegative + tiedNegatives / 2) / (n - positives));
    for (let i = 0; i < tiedNegatives; i++) {
      below.push(1 - (seenPositive + tied / 2) / positives);
    }
    seenPositive += tied;
    seenNegative += tiedNegatives;
    start = end;
  }
  return { above: Float64Array.from(above), below: Float64Array.from(below) };
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Divided by `n - 1`; of a single value 0, since the other kind is all there is to vary. */
function varianceOf(values: Float64Array): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}

/** The 97.5 % point of the normal distribution. */
const normal975 = 1.959963984540054;

function logitInterval(p: number, error: number): readonly [number, number] {
  if (p <= 0 || p >= 1 || error === 0) return [p, p];
  const logit = Math.log(p / (1 - p));
  const spread = (normal975 * error) / (p * (1 - p));
  const back = (x: number): number => 1 / (1 + Math.exp(-x));
  return [back(logit - spread), back(logit + spread)];
}

/** Options of {@link averagePrecision}. */
export interface AveragePrecisionOptions {
  /** Bootstrap samples of the standard error and the interval; default 1000. */
  readonly resamples?: number;
  /** Seed of the bootstrap; default 0. */
  readonly seed?: number;
}

/**
 * Average precision: `sum_k (R_k - R_(k-1)) P_k` over falling thresholds, where equal scores are one threshold: the area under the
 * curve of precision over recall, in [0, 1]. A random score has the share of positives.
 *
 * Standard error and the interval (percentiles 2.5 and 97.5) come from bootstrap samples of the positives and of the negatives.
 *
 * @param scores one number per example, high for positives
 * @param positive one mark per example
 * @throws TypeError or RangeError for lists that do not fit, or without a positive or a negative
 */
export function averagePrecision(
  scores: NumbersLike,
  positive: PositivesLike,
  options: AveragePrecisionOptions = {},
): IntervalEstimate {
  const fn = "averagePrecision";
  assertKnownOptions(fn, options, ["resamples", "seed"]);
  const { resamples = 1000, seed = 0 } = options;
  const at = (name: string): ArgumentName => ({ fn, name });
  assertInteger(at("resamples"), resamples, { min: 2 });
  assertInteger(at("seed"), seed);
  const ranked = rankedOf(fn, scores, positive);
  const order = Int32Array.from(ranked.scores, (_, i) => i).sort(
    (a, b) => ranked.scores[b] - ranked.scores[a],
  );
  const counts = new Float64Array(order.length).fill(1);
  const mean = precisionOver(ranked, order, counts);
  const random = new Random(seed).fork(fn);
  const kinds = [0, 1].map((kind) =>
    Int32Array.from(ranked.positive.keys()).filter((i) => ranked.positive[i] === kind),
  );
  const drawn = Float64Array.from({ length: resamples }, () => {
    counts.fill(0);
    for (const kind of kinds) {
      for (let i = 0; i < kind.length; i++) counts[kind[random.integer(kind.length)]]++;
    }
    return precisionOver(ranked, order, counts);
  }).sort();
  return {
    mean,
    standardError: Math.sqrt(varianceOf(drawn)),
    interval: [quantileOf(drawn, 0.025), quantileOf(drawn, 0.975)],
  };
}

/** Average precision where each example counts so often; `order` has the highest scores first. */
function precisionOver(
  { scores, positive, positives }: Ranked,
  order: Int32Array,
  counts: Float64Array,
): number {
  let [hits, seen, sum] = [0, 0, 0];
  for (let start = 0; start < order.length;) {
    const score = scores[order[start]];
    const before = hits;
    let end = start;
    for (; end < order.length && scores[order[end]] === score; end++) {
      const i = order[end];
      seen += counts[i];
      if (positive[i] === 1) hits += counts[i];
    }
    if (hits > before) sum += ((hits - before) / positives) * (hits / seen);
    start = end;
  }
  return sum;
}
