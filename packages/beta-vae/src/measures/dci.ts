import { Random, readOptions } from "@elbo/core";
import { boostTrees } from "./boostedTrees.ts";
import { assertTable } from "./mutualInformation.ts";
import type { CodeFactorTable } from "./mutualInformation.ts";
import { columnsOf, measureOptions, splitPoints } from "./representation.ts";
import type { Representation, SeedOptions } from "./representation.ts";

/** Disentanglement, completeness and informativeness. */
export interface Dci {
  /** Whether a code speaks of one factor only, in [0, 1]. */
  readonly disentanglement: number;
  /** Whether one code tells all of a factor, in [0, 1]. */
  readonly completeness: number;
  /** Mean accuracy over factors on held-out points. */
  readonly informativeness: number;
  readonly trainInformativeness: number;
  /** `[J][K]`: importance of a code for a factor; columns sum to 1, or to 0 where nothing could be learnt. */
  readonly importances: CodeFactorTable;
}

/**
 * DCI by gradient-boosted trees (100 stages, depth 3, rate 0.1) that predict every factor from all codes.
 *
 * Disentanglement of a code is `1 - H(its row of importances) / ln K`, averaged with the rows' shares as weights;
 * completeness of a factor `1 - H(its column) / ln J`, averaged with the columns' shares. Source: Eastwood and Williams 2018;
 * with these trees Locatello et al. 2019 (arXiv:1811.12359), appendix C.
 */
export function dci(representation: Representation, options: SeedOptions = {}): Dci {
  const fn = "dci";
  const { seed } = readOptions(fn, { seed: measureOptions.seed }, options);
  const { codes, factors, classes, count } = columnsOf(fn, representation);
  const { train, test } = splitPoints(new Random(seed).fork("dci").permutation(count));
  const boosted = factors.map((labels, k) =>
    boostTrees({ codes, labels, classes: Math.max(2, classes[k]), train, test }),
  );
  const importances = codes.map((_, j) => boosted.map((ofFactor) => ofFactor.importances[j]));
  const mean = (values: readonly number[]): number =>
    values.reduce((a, b) => a + b, 0) / values.length;
  return {
    ...dciOfImportances(importances),
    informativeness: mean(boosted.map(({ testAccuracy }) => testAccuracy)),
    trainInformativeness: mean(boosted.map(({ trainAccuracy }) => trainAccuracy)),
    importances,
  };
}

/** Disentanglement and completeness of a table of importances `[J][K]`. */
export function dciOfImportances(importances: CodeFactorTable): {
  disentanglement: number;
  completeness: number;
} {
  assertTable("dciOfImportances", importances);
  const columns = importances[0].map((_, k) => importances.map((row) => row[k]));
  return { disentanglement: concentration(importances), completeness: concentration(columns) };
}

/** The mean over rows of one minus the normalized entropy of the row, weighted by the rows' shares of the whole. */
function concentration(rows: CodeFactorTable): number {
  const sums = rows.map((row) => row.reduce((a, b) => a + b, 0));
  const whole = sums.reduce((a, b) => a + b, 0);
  const width = rows[0]?.length ?? 0;
  if (whole === 0 || width < 2) return width < 2 && whole > 0 ? 1 : 0;
  return rows.reduce((score, row, i) => {
    if (sums[i] === 0) return score;
    const entropy = row.reduce(
      (H, value) => (value > 0 ? H - (value / sums[i]) * Math.log(value / sums[i]) : H),
      0,
    );
    return score + (sums[i] / whole) * (1 - entropy / Math.log(width));
  }, 0);
}
