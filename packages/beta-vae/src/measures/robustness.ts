import { quantileOf, readOptions, rules, type OptionTable } from "@elbo/core";
import { columnsOf, pointsOfClasses } from "./representation.ts";
import type { Representation } from "./representation.ts";

/** Options of {@link interventionalRobustness}. */
export interface RobustnessOptions {
  /** Quantile of the deviations within a class that counts as their spread, in (0, 1]; default 0.99. */
  readonly quantile?: number;
}

const table = {
  quantile: { rule: rules.number({ above: 0, max: 1 }), default: 0.99 },
} satisfies OptionTable<RobustnessOptions>;

/**
 * Interventional robustness score (IRS): whether a code stays where it is while all factors but one change, in [0, 1].
 *
 * For every code j and factor k: `1 - mean over classes v of q99(|z_j - E[z_j | v]|) / max |z_j - E z_j|`, with q99 the 99th
 * percentile over the points of the class. Per code the best factor counts; the mean over codes weighted by their largest
 * deviations, dead codes counting nothing; 0 when all are dead. Source: Suter et al. 2019 (arXiv:1811.00007), section 4, as
 * disentanglement_lib computes it.
 */
export function interventionalRobustness(
  representation: Representation,
  options: RobustnessOptions = {},
): number {
  const fn = "interventionalRobustness";
  const { quantile } = readOptions(fn, table, options);
  const { codes, factors, classes, count } = columnsOf(fn, representation);
  let weighted = 0;
  let weights = 0;
  for (const code of codes) {
    const mean = code.reduce((a, b) => a + b, 0) / count;
    const largest = code.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
    if (largest === 0) continue;
    const scores = factors.map((factor, k) => {
      const groups = pointsOfClasses(factor, classes[k]).map((points) =>
        Array.from(points, (i) => code[i]),
      );
      const spread = groups.reduce((sum, group) => sum + deviationQuantile(group, quantile), 0);
      return 1 - spread / groups.length / largest;
    });
    weighted += largest * Math.max(...scores);
    weights += largest;
  }
  return weights === 0 ? 0 : weighted / weights;
}

/** The quantile of the absolute deviations from the mean, linearly interpolated. */
function deviationQuantile(values: readonly number[], quantile: number): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const sorted = values.map((value) => Math.abs(value - mean)).sort((a, b) => a - b);
  return quantileOf(sorted, quantile);
}
