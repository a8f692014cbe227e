import { assertInteger, Random } from "@elbo/core";
import { logisticRegression } from "./logisticRegression.ts";
import { columnsOf, splitPoints } from "./representation.ts";
import type { Representation } from "./representation.ts";

/**
 * Explicitness: how well a linear classifier on all codes ranks the classes of a factor, in [0, 1]; chance is 0.5.
 *
 * Codes are standardized by the training points (a constant code becomes 0). Per factor a multinomial logistic regression
 * (C = 1); its area under the ROC curve, one class against the rest, the mean over classes, then over factors, on the
 * held-out third. Source: Ridgeway and Mozer 2018 (arXiv:1802.05312), section 3.
 */
export function explicitness(representation: Representation, { seed = 0 } = {}): number {
  const fn = "explicitness";
  assertInteger({ fn, name: "seed" }, seed);
  const { codes, factors, classes, count } = columnsOf(fn, representation);
  const { train, test } = splitPoints(new Random(seed).fork("explicitness").permutation(count));
  const features = codes.map((code) => standardized(code, train));
  const used = classes.flatMap((number, k) => (number > 1 ? [k] : []));
  const scores = used.map((k) => {
    const predict = logisticRegression({
      features,
      labels: factors[k],
      classes: classes[k],
      train,
    });
    const logs = Array.from(test, (i) => predict(i));
    const areas = Array.from({ length: classes[k] }, (_, c) =>
      rocArea(
        logs.map((row) => row[c]),
        Array.from(test, (i) => factors[k][i] === c),
      ),
    ).filter((area) => area !== undefined);
    return areas.reduce((a, b) => a + b, 0) / Math.max(1, areas.length);
  });
  return scores.reduce((a, b) => a + b, 0) / Math.max(1, scores.length);
}

/** `(x - mean) / deviation` by the training points; zeros for a constant column. */
export function standardized(values: Float64Array, train: Int32Array): Float64Array {
  let mean = 0;
  for (const i of train) mean += values[i] / train.length;
  let variance = 0;
  for (const i of train) variance += (values[i] - mean) ** 2 / train.length;
  const deviation = Math.sqrt(variance);
  return deviation > 0
    ? values.map((value) => (value - mean) / deviation)
    : new Float64Array(values.length);
}

/**
 * The area under the ROC curve: the share of pairs of a positive and a negative in which the positive has the higher score,
 * ties counting half. Undefined without one of either.
 */
export function rocArea(
  scores: readonly number[],
  isPositive: readonly boolean[],
): number | undefined {
  const order = scores.map((_, i) => i).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    const rank = (start + end + 1) / 2; // mean of the ranks start + 1 to end
    for (let i = start; i < end; i++) {
      if (!isPositive[order[i]]) continue;
      rankSum += rank;
      positives++;
    }
    start = end;
  }
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}
