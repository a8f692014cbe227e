import { readOptions } from "@elbo/core";
import { mutualInformationTable } from "./mutualInformation.ts";
import type { CodeFactorTable } from "./mutualInformation.ts";
import { columnsOf, measureOptions } from "./representation.ts";
import type { BinsOptions, Representation } from "./representation.ts";

/**
 * Modularity: whether each code has mutual information with one factor only, in [0, 1].
 *
 * Per code, with m the largest `I(z_j; v_k)^2`: `1 - (sum_k I^2 - m) / (m (K - 1))`; the mean over the codes that tell anything at
 * all, 0 where none does. (disentanglement_lib counts dead codes as 0, so that unused latents lower its score.) Mutual information
 * as in {@link mutualInformationGap}. Source: Ridgeway and Mozer 2018 (arXiv:1802.05312), section 3.
 */
export function modularity(representation: Representation, options: BinsOptions = {}): number {
  const fn = "modularity";
  const { bins } = readOptions(fn, { bins: measureOptions.bins }, options);
  return modularityOfTable(mutualInformationTable(columnsOf(fn, representation), bins));
}

/** {@link modularity} of a table of mutual information `[J][K]`. */
export function modularityOfTable(table: CodeFactorTable): number {
  const scores = table.flatMap((row) => {
    const squares = row.map((value) => value * value);
    const largest = Math.max(...squares);
    if (largest === 0) return [];
    if (row.length === 1) return [1];
    const rest = squares.reduce((a, b) => a + b, 0) - largest;
    return [1 - rest / (largest * (row.length - 1))];
  });
  return scores.reduce((a, b) => a + b, 0) / Math.max(1, scores.length);
}
