/**
 * UDR: models of one data set are ranked without labels by how alike their codes are.
 *
 * Source: Duan et al. 2020, "Unsupervised model selection for variational disentangled representation learning"
 * (arXiv:1905.12614), equation 2, with Spearman's correlation as similarity.
 */
import { describeValue, type ArrayLikeData } from "@elbo/core";
import { codeColumns } from "./representation.ts";

/** One model's codes of the same points. */
export interface RankedModel {
  /** `[n, J]` */
  readonly codes: ArrayLikeData;
  /** Mean KL divergence of every code from the prior, nats; codes below 0.01 are uninformative and left out. */
  readonly rates: ArrayLike<number>;
}

const informative = 0.01;

/**
 * The UDR score of every model: the median over the other models of
 * `1 / (d_a + d_b) (sum_b r_b^2 / R_b + sum_a r_a^2 / R_a)`, where `|R|` are the similarities of informative codes, r the largest of a
 * row or column, and R its sum.
 *
 * @throws RangeError for fewer than two models, or models of different points
 */
export function unsupervisedDisentanglementRanking(models: readonly RankedModel[]): number[] {
  const fn = "unsupervisedDisentanglementRanking";
  const given: unknown = models;
  if (!Array.isArray(given)) {
    throw new TypeError(`${fn}: models must be a list of { codes }, got ${describeValue(models)}`);
  }
  if (models.length < 2)
    throw new RangeError(`${fn}: models must be at least 2, got ${models.length}`);
  const columns = models.map(({ codes }) => codeColumns(fn, "codes", codes));
  const n = columns[0][0].length;
  for (const [i, { rates }] of models.entries()) {
    const [{ length }] = columns[i];
    if (length !== n) {
      throw new RangeError(`${fn}: models must have codes of the same ${n} points, got ${length}`);
    }
    if (columns[i].length !== rates.length) {
      throw new RangeError(
        `${fn}: rates must be one per code (${columns[i].length}), got ${rates.length}`,
      );
    }
    const bad = Array.from(rates).find((rate) => !(rate >= 0));
    if (bad !== undefined) {
      throw new RangeError(`${fn}: rates must be nats of at least 0, got ${bad}`);
    }
  }
  const ranked = columns.map((codes, i) =>
    codes.filter((_, j) => models[i].rates[j] > informative).map(centredRanks),
  );
  return ranked.map((a, i) =>
    median(ranked.flatMap((b, j) => (i === j ? [] : [similarity(a, b)]))),
  );
}

/** Ranks, centred and of unit length; zeros for a constant column. */
function centredRanks(values: Float64Array): Float64Array {
  const centred = ranksOf(values).map((rank) => rank - (values.length - 1) / 2);
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0));
  return length > 0 ? centred.map((value) => value / length) : centred;
}

/** Ranks from 0, equal values sharing the mean of theirs. */
function ranksOf(values: Float64Array): Float64Array {
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let i = start; i < end; i++) ranks[order[i]] = (start + end - 1) / 2;
    start = end;
  }
  return ranks;
}

function similarity(a: readonly Float64Array[], b: readonly Float64Array[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const R = a.map((x) =>
    b.map((y) => Math.abs(x.reduce((sum, value, i) => sum + value * y[i], 0))),
  );
  const columns = b.map((_, j) => R.map((row) => row[j]));
  const share = (values: readonly number[]): number => {
    const sum = values.reduce((total, value) => total + value, 0);
    return sum > 0 ? Math.max(...values) ** 2 / sum : 0;
  };
  const total = [...R, ...columns].reduce((sum, values) => sum + share(values), 0);
  return total / (a.length + b.length);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
