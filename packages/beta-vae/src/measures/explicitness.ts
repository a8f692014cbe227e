import { auroc, readOptions } from "@elbo/core";
import { factorRegressions } from "./factorRegressions.ts";
import type { FactorRegression } from "./factorRegressions.ts";
import { columnsOf, measureOptions } from "./representation.ts";
import type { Representation, SeedOptions } from "./representation.ts";

/**
 * Explicitness: how well a linear classifier on all codes ranks the classes of a factor, in [0, 1]; chance is 0.5.
 *
 * Codes are standardized by the training points (a constant code becomes 0). Per factor a multinomial logistic regression
 * (C = 1); its area under the ROC curve, one class against the rest, the mean over classes, then over factors, on the
 * held-out third. Source: Ridgeway and Mozer 2018 (arXiv:1802.05312), section 3.
 */
export function explicitness(representation: Representation, options: SeedOptions = {}): number {
  const fn = "explicitness";
  const { seed } = readOptions(fn, { seed: measureOptions.seed }, options);
  return explicitnessOf(factorRegressions(columnsOf(fn, representation), seed));
}

/** {@link explicitness} of classifiers of the factors. */
export function explicitnessOf(regressions: readonly FactorRegression[]): number {
  const scores = regressions.map(({ classes, labels, logs }) => {
    const areas = Array.from({ length: classes }, (_, c) => c)
      .filter((c) => labels.includes(c) && labels.some((label) => label !== c))
      .map((c) => {
        const positive = Array.from(labels, (label) => label === c);
        return auroc(
          Float64Array.from(logs, (row) => row[c]),
          positive,
        ).mean;
      });
    return areas.reduce((a, b) => a + b, 0) / Math.max(1, areas.length);
  });
  return scores.reduce((a, b) => a + b, 0) / Math.max(1, scores.length);
}
