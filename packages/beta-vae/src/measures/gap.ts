/** Measures that compare the best code of a factor with the second best. */
import { Random, readOptions, rules, type OptionTable } from "@elbo/core";
import { standardized } from "./factorRegressions.ts";
import { linearSeparation } from "./linearSeparation.ts";
import { entropy, mutualInformationTable } from "./mutualInformation.ts";
import { columnsOf, measureOptions, splitPoints } from "./representation.ts";
import type { BinsOptions, Columns, Representation } from "./representation.ts";

/** The largest and the second largest number; the second is 0 when there is none. */
function bestTwo(values: readonly number[]): [number, number] {
  const sorted = [...values].sort((a, b) => b - a);
  return [sorted[0] ?? 0, sorted[1] ?? 0];
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Mutual information gap: the mean over factors of `(I(best code; v) - I(second best; v)) / H(v)`, in [0, 1].
 *
 * Mutual information by counting, codes in `bins` bins of equal width, as disentanglement_lib defines it; Chen's own
 * definition is {@link mutualInformationGapChen}. Factors of one class are left out; with a single code the second best is 0.
 * Source: Chen et al. 2018 (arXiv:1802.04942), section 4; Locatello et al. 2019 (arXiv:1811.12359), appendix C.
 */
export function mutualInformationGap(
  representation: Representation,
  options: BinsOptions = {},
): number {
  const fn = "mutualInformationGap";
  const { bins } = readOptions(fn, { bins: measureOptions.bins }, options);
  const columns = columnsOf(fn, representation);
  const table = mutualInformationTable(columns, bins);
  const gaps = columns.factors.flatMap((factor, k) => {
    const H = entropy(factor);
    if (H === 0) return [];
    const [best, second] = bestTwo(table.map((row) => row[k]));
    return [(best - second) / H];
  });
  return meanOf(gaps);
}

/** Options of {@link attributePredictability}. */
export interface SapOptions {
  /** `"classes"` (default): accuracy of a linear support vector machine on one code; `"numbers"`: squared correlation. */
  readonly factors?: "classes" | "numbers";
  /** Seed of the split into two thirds for training and one third for testing, default 0. */
  readonly seed?: number;
}

const sapTable = {
  factors: { rule: rules.oneOf(["classes", "numbers"]), default: "classes" },
  seed: measureOptions.seed,
} satisfies OptionTable<SapOptions>;

/**
 * Separated attribute predictability (SAP): the mean over factors of the best minus the second best score of a single code.
 *
 * For classes the score is the test accuracy of a linear support vector machine (squared hinge, C = 0.01, balanced classes) on the code
 * standardized by the training points, so that its scale does not matter (disentanglement_lib takes codes as they are);
 * for numbers `cov(z, v)^2 / (var z var v)`, 0 for a constant code. Source: Kumar et al. 2018 (arXiv:1711.00848), section 3.
 */
export function attributePredictability(
  representation: Representation,
  options: SapOptions = {},
): number {
  const fn = "attributePredictability";
  const { factors: kind, seed } = readOptions(fn, sapTable, options);
  const columns = columnsOf(fn, representation);
  const score = kind === "numbers" ? squaredCorrelation(columns) : separation(columns, seed);
  const used = columns.factors.flatMap((_, k) => (columns.classes[k] < 2 ? [] : [k]));
  return meanOf(
    used.map((k) => {
      const [best, second] = bestTwo(columns.codes.map((_, j) => score(j, k)));
      return best - second;
    }),
  );
}

type Score = (code: number, factor: number) => number;

function separation({ codes, factors, classes, count }: Columns, seed: number): Score {
  const { train, test } = splitPoints(new Random(seed).fork("sap").permutation(count));
  const scaled = codes.map((code) => standardized(code, train));
  return (j, k) =>
    linearSeparation({ code: scaled[j], classes: factors[k], count: classes[k], train, test });
}

function squaredCorrelation({ codes, factors, count }: Columns): Score {
  const centred = (values: ArrayLike<number>): Float64Array => {
    let mean = 0;
    for (let i = 0; i < count; i++) mean += values[i] / count;
    return Float64Array.from(values, (value) => value - mean);
  };
  const ofCodes = codes.map(centred);
  const ofFactors = factors.map(centred);
  const dot = (a: Float64Array, b: Float64Array): number => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += a[i] * b[i];
    return sum / count;
  };
  return (j, k) => {
    const variance = dot(ofCodes[j], ofCodes[j]);
    if (variance <= 1e-12) return 0;
    return dot(ofCodes[j], ofFactors[k]) ** 2 / (variance * dot(ofFactors[k], ofFactors[k]));
  };
}
