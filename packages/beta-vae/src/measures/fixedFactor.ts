/**
 * Measures that compare points which share the class of one factor. Points are drawn with replacement from those of the data
 * that have the class; on a full grid of factors that is drawing all other factors uniformly.
 */
import { logisticRegression, Random, readOptions, rules, type OptionTable } from "@elbo/core";
import { standardized } from "./factorRegressions.ts";
import { columnsOf, measureOptions, pointsOfClasses } from "./representation.ts";
import type { Columns, Representation, SeedOptions } from "./representation.ts";

/** Options of the scores in this file. */
export interface FixedFactorOptions extends SeedOptions {
  /** Points per draw, default 64. */
  readonly batch?: number;
  /** Draws that the classifier learns from, default 10,000. */
  readonly train?: number;
  /** Draws that it is scored on, default 5,000. */
  readonly test?: number;
}

const table = {
  batch: { rule: rules.integer({ min: 2 }), default: 64 },
  train: { rule: rules.integer({ min: 1 }), default: 10_000 },
  test: { rule: rules.integer({ min: 1 }), default: 5000 },
  seed: measureOptions.seed,
} satisfies OptionTable<FixedFactorOptions>;

/** The points of every class of every factor. */
const pointsByClass = ({ factors, classes }: Columns): Int32Array[][] =>
  factors.map((factor, k) => pointsOfClasses(factor, classes[k]));

/** Factors of more than one class. */
const varying = ({ classes }: Columns): number[] =>
  classes.flatMap((count, k) => (count > 1 ? [k] : []));

/** Codes below this standard deviation are dead. */
const dead = 0.05;

/**
 * FactorVAE score: how well the least varying code of points that share a factor tells which factor it is, in [0, 1].
 *
 * One vote: a factor, a point at random, `batch` points of its class; among the codes with a standard deviation of at least
 * 0.05 over the data, the one whose variance over the batch is smallest relative to that over the data. The majority
 * classifier of 10,000 votes is scored on 5,000 new ones; 0 when all codes are dead.
 * Source: Kim and Mnih 2018 (arXiv:1802.05983), section 4; the pruning as in disentanglement_lib.
 */
export function factorVaeScore(
  representation: Representation,
  options: FixedFactorOptions = {},
): number {
  const fn = "factorVaeScore";
  const { batch, train, test, seed } = readOptions(fn, table, options);
  const columns = columnsOf(fn, representation);
  const { codes, count } = columns;
  const used = varying(columns);
  const variances = codes.map((code) => varianceOf(code, (i) => i, count));
  const active = variances.flatMap((variance, j) => (Math.sqrt(variance) >= dead ? [j] : []));
  if (active.length === 0 || used.length === 0) return 0;
  const lists = pointsByClass(columns);
  const random = new Random(seed).fork("factorVae");
  const vote = (): { factor: number; code: number } => {
    const factor = random.integer(used.length);
    const list = lists[used[factor]][columns.factors[used[factor]][random.integer(count)]];
    const points = Int32Array.from({ length: batch }, () => list[random.integer(list.length)]);
    let code = 0;
    let smallest = Infinity;
    for (const [a, j] of active.entries()) {
      const relative = varianceOf(codes[j], (i) => points[i], batch) / variances[j];
      if (relative < smallest) [smallest, code] = [relative, a];
    }
    return { factor, code };
  };
  const votes = active.map(() => new Float64Array(used.length));
  for (let i = 0; i < train; i++) {
    const { factor, code } = vote();
    votes[code][factor]++;
  }
  const majority = votes.map((row) => row.indexOf(Math.max(...row)));
  let right = 0;
  for (let i = 0; i < test; i++) {
    const { factor, code } = vote();
    if (majority[code] === factor) right++;
  }
  return right / test;
}

/** Variance with n - 1 in the denominator. */
function varianceOf(values: Float64Array, at: (i: number) => number, n: number): number {
  let mean = 0;
  for (let i = 0; i < n; i++) mean += values[at(i)] / n;
  let sum = 0;
  for (let i = 0; i < n; i++) sum += (values[at(i)] - mean) ** 2;
  return sum / (n - 1);
}

/**
 * β-VAE score: accuracy of a linear classifier that tells which factor two groups of points share, in [0, 1]; chance is 1/K.
 *
 * One example: a factor; `batch` pairs of points of one class each; the feature is the mean over pairs of `|z1 - z2|`, codes in units of
 * their deviation over the data, so that their scales do not matter (the paper takes them as they are). Multinomial logistic
 * regression (C = 1) on 10,000 examples is scored on 5,000. Source: Higgins et al. 2017, section 3.
 */
export function betaVaeScore(
  representation: Representation,
  options: FixedFactorOptions = {},
): number {
  const fn = "betaVaeScore";
  const { batch, train, test, seed } = readOptions(fn, table, options);
  const columns = columnsOf(fn, representation);
  const { factors, count } = columns;
  const codes = columns.codes.map((code) => standardized(code));
  const used = varying(columns);
  if (used.length === 0) return 0;
  const lists = pointsByClass(columns);
  const random = new Random(seed).fork("betaVae");
  const total = train + test;
  const J = codes.length;
  const features = new Float64Array(total * J); // row by row
  const labels = new Int32Array(total);
  for (let n = 0; n < total; n++) {
    labels[n] = random.integer(used.length);
    const k = used[labels[n]];
    for (let b = 0; b < batch; b++) {
      const first = random.integer(count);
      const list = lists[k][factors[k][first]];
      const second = list[random.integer(list.length)];
      for (let j = 0; j < J; j++) {
        features[n * J + j] += Math.abs(codes[j][first] - codes[j][second]) / batch;
      }
    }
  }
  const learnt = { data: features.subarray(0, train * J), shape: [train, J] };
  const { logProbabilities } = logisticRegression(
    { features: learnt, labels: labels.subarray(0, train) },
    { classes: used.length },
  );
  const { data: logs } = logProbabilities({ data: features.subarray(train * J), shape: [test, J] });
  let right = 0;
  for (let n = 0; n < test; n++) {
    const row = logs.subarray(n * used.length, (n + 1) * used.length);
    if (row.indexOf(Math.max(...row)) === labels[train + n]) right++;
  }
  return right / test;
}
