import { assertInteger } from "@elbo/core";
import { factorRegressions } from "./factorRegressions.ts";
import type { FactorRegression } from "./factorRegressions.ts";
import { columnsOf } from "./representation.ts";
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
  return explicitnessOf(factorRegressions(columnsOf(fn, representation), seed));
}

/** {@link explicitness} of classifiers of the factors. */
export function explicitnessOf(regressions: readonly FactorRegression[]): number {
  const scores = regressions.map(({ classes, labels, logs }) => {
    const areas = Array.from({ length: classes }, (_, c) =>
      rocArea(
        logs.map((row) => row[c]),
        Array.from(labels, (label) => label === c),
      ),
    ).filter((area) => area !== undefined);
    return areas.reduce((a, b) => a + b, 0) / Math.max(1, areas.length);
  });
  return scores.reduce((a, b) => a + b, 0) / Math.max(1, scores.length);
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
