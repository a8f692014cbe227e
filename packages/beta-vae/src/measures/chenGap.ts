import {
  describeValue,
  Random,
  readOptions,
  rules,
  type ArrayLikeData,
  type OptionTable,
} from "@elbo/core";
import { codeColumns, columnsOf, measureOptions, pointsOfClasses } from "./representation.ts";
import type { SeedOptions } from "./representation.ts";

/** A Gaussian posterior for every point. */
export interface GaussianRepresentation {
  /** `[n, J]` */
  readonly mean: ArrayLikeData;
  /** Natural logarithm of the variance, `[n, J]`. */
  readonly logVar: ArrayLikeData;
  /** `[n, K]` classes. */
  readonly factors: ArrayLikeData;
}

/** Options of {@link mutualInformationGapChen}. */
export interface ChenGapOptions extends SeedOptions {
  /** Draws for every entropy; default 1000. */
  readonly draws?: number;
}

const table = {
  draws: { rule: rules.integer({ min: 1 }), default: 1000 },
  seed: measureOptions.seed,
} satisfies OptionTable<ChenGapOptions>;

/**
 * Mutual information gap as its authors estimate it: `I(z_j; v_k) = H(z_j) - H(z_j | v_k)` of the aggregated posterior, drawn from
 * and not binned, not below 0, divided by `ln` of the number of classes; the mean over factors of best minus second best.
 *
 * `H(z_j) = -E ln 1/n sum_i q(z_j | x_i)` over `draws` draws from the aggregated posterior of all points, and over as many in all
 * from those of the points of each class. Cost: `draws x n x J x (K + 1)` densities.
 * Source: Chen et al. 2018 (arXiv:1802.04942), section 4.1 and appendix B.
 */
export function mutualInformationGapChen(
  representation: GaussianRepresentation,
  options: ChenGapOptions = {},
): number {
  const fn = "mutualInformationGapChen";
  if (typeof representation !== "object" || (representation as unknown) === null) {
    throw new TypeError(
      `${fn}: representation must be { mean, logVar, factors }, got ${describeValue(representation)}`,
    );
  }
  const { mean, logVar, factors } = representation;
  const { draws, seed } = readOptions(fn, table, options);
  const columns = columnsOf(fn, { codes: mean, factors });
  const logVars = codeColumns(fn, "logVar", logVar);
  if (logVars.length !== columns.codes.length || logVars[0].length !== columns.count) {
    throw new RangeError(
      `${fn}: logVar must have the shape of mean, [${columns.count}, ${columns.codes.length}], got [${logVars[0].length}, ${logVars.length}]`,
    );
  }
  const all = Int32Array.from({ length: columns.count }, (_, i) => i);
  const used = columns.classes.flatMap((count, k) => (count > 1 ? [k] : []));
  const information = columns.codes.map((means, j) => {
    const random = new Random(seed).fork("chen", j);
    const component = { means, logVars: logVars[j] };
    const H = mixtureEntropy(component, all, { draws, random });
    return used.map((k) => {
      const groups = pointsOfClasses(columns.factors[k], columns.classes[k]);
      const conditional = groups.reduce((sum, group) => {
        const share = group.length / columns.count;
        const some = Math.max(1, Math.round(draws * share));
        return sum + share * mixtureEntropy(component, group, { draws: some, random });
      }, 0);
      return Math.max(0, H - conditional) / Math.log(columns.classes[k]);
    });
  });
  const gaps = used.map((_, k) => {
    const sorted = information.map((row) => row[k]).sort((a, b) => b - a);
    return sorted[0] - (sorted[1] ?? 0);
  });
  return gaps.reduce((a, b) => a + b, 0) / Math.max(1, gaps.length);
}

/** `-E ln 1/n sum_i N(z; m_i, s_i^2)` over draws from the mixture of some points. */
function mixtureEntropy(
  { means, logVars }: { readonly means: Float64Array; readonly logVars: Float64Array },
  points: Int32Array,
  { draws, random }: { readonly draws: number; readonly random: Random },
): number {
  const noise = new Float32Array(draws);
  random.fillNormalInto(noise);
  const centers = Float64Array.from(points, (i) => means[i]);
  const scales = Float64Array.from(points, (i) => Math.exp(-0.5 * logVars[i]));
  let sum = 0;
  for (let s = 0; s < draws; s++) {
    const from = random.integer(points.length);
    const z = centers[from] + noise[s] / scales[from];
    let density = 0;
    for (let i = 0; i < points.length; i++) {
      const d = (z - centers[i]) * scales[i];
      density += scales[i] * Math.exp(-0.5 * d * d);
    }
    sum -= Math.log(density / points.length);
  }
  return sum / draws + 0.5 * Math.log(2 * Math.PI);
}
