import { readOptions, rules, type OptionTable } from "@elbo/core";
import { dci } from "./dci.ts";
import { explicitnessOf } from "./explicitness.ts";
import { factorRegressions } from "./factorRegressions.ts";
import type { FactorRegression } from "./factorRegressions.ts";
import { betaVaeScore, factorVaeScore } from "./fixedFactor.ts";
import { attributePredictability, mutualInformationGap } from "./gap.ts";
import { infoMecOf } from "./infoMec.ts";
import { modularityOfTable } from "./modularity.ts";
import { mutualInformationTable } from "./mutualInformation.ts";
import type { CodeFactorTable } from "./mutualInformation.ts";
import { columnsOf, measureOptions } from "./representation.ts";
import type { Columns, Representation } from "./representation.ts";
import { interventionalRobustness } from "./robustness.ts";
import { unsupervisedScores } from "./unsupervised.ts";

/** All measures of a representation; each is explained at the function of its name. */
export interface Disentanglement {
  readonly mutualInformationGap: number;
  readonly attributePredictability: number;
  readonly dciDisentanglement: number;
  readonly dciCompleteness: number;
  readonly dciInformativeness: number;
  readonly factorVaeScore: number;
  readonly betaVaeScore: number;
  readonly modularity: number;
  readonly explicitness: number;
  readonly interventionalRobustness: number;
  readonly infoModularity: number;
  readonly infoCompactness: number;
  readonly infoExplicitness: number;
  readonly gaussianTotalCorrelation: number;
  readonly wassersteinCorrelation: number;
  readonly meanMutualInformation: number;
  /** What the scores look at, codes by factors; {@link hintonCells} draws them. */
  readonly tables: {
    /** DCI's importances; columns sum to 1. */
    readonly importances: CodeFactorTable;
    /** Mutual information of codes in 20 bins and factors, nats. */
    readonly information: CodeFactorTable;
  };
}

/** Options of {@link disentanglement}. */
export interface DisentanglementOptions {
  /** Of splits and draws; default 0. */
  readonly seed?: number;
  /** Told after every measure, which takes up to some seconds: what is done, of how much. */
  readonly onProgress?: (done: {
    readonly measure: string;
    readonly count: number;
    readonly of: number;
  }) => void;
}

const table = {
  seed: measureOptions.seed,
  onProgress: {
    rule: rules.function<NonNullable<DisentanglementOptions["onProgress"]>>(),
    default: undefined,
  },
} satisfies OptionTable<DisentanglementOptions>;

/** What the parts are computed from; the regressions of the factors once for those that look at them. */
interface Context {
  readonly representation: Representation;
  readonly seed: number;
  readonly columns: Columns;
  readonly regressions: () => readonly FactorRegression[];
}

type Scores = Omit<Disentanglement, "tables"> & Disentanglement["tables"];

type Part = readonly [string, (context: Context) => Partial<Scores>];

const parts: readonly Part[] = [
  [
    "mutual information gap",
    ({ representation: r }) => ({ mutualInformationGap: mutualInformationGap(r) }),
  ],
  [
    "attribute predictability",
    ({ representation: r, seed }) => ({
      attributePredictability: attributePredictability(r, { seed }),
    }),
  ],
  [
    "DCI",
    ({ representation: r, seed }) => {
      const { importances, ...scores } = dci(r, { seed });
      return {
        dciDisentanglement: scores.disentanglement,
        dciCompleteness: scores.completeness,
        dciInformativeness: scores.informativeness,
        importances,
      };
    },
  ],
  [
    "FactorVAE score",
    ({ representation: r, seed }) => ({ factorVaeScore: factorVaeScore(r, { seed }) }),
  ],
  ["β-VAE score", ({ representation: r, seed }) => ({ betaVaeScore: betaVaeScore(r, { seed }) })],
  [
    "modularity",
    ({ columns }) => {
      const information = mutualInformationTable(columns);
      return { modularity: modularityOfTable(information), information };
    },
  ],
  ["explicitness", ({ regressions }) => ({ explicitness: explicitnessOf(regressions()) })],
  [
    "interventional robustness",
    ({ representation: r }) => ({ interventionalRobustness: interventionalRobustness(r) }),
  ],
  [
    "InfoMEC",
    ({ columns, regressions }) => {
      const { modularity: m, compactness: c, explicitness: e } = infoMecOf(columns, regressions());
      return { infoModularity: m, infoCompactness: c, infoExplicitness: e };
    },
  ],
  [
    "unsupervised scores",
    ({ representation: { codes } }) => {
      const { gaussianTotalCorrelation, wassersteinCorrelation, mutualInformation } =
        unsupervisedScores(codes);
      return {
        gaussianTotalCorrelation,
        wassersteinCorrelation,
        meanMutualInformation: mutualInformation,
      };
    },
  ],
];

/**
 * Every measure of disentanglement over codes of data whose factors are known.
 *
 * Asynchronous only so that timers and input get their turn between two measures; 10,000 points of 10 codes and 5 factors take
 * some 20 seconds, most of them DCI's trees.
 *
 * @throws TypeError or RangeError for arrays that do not fit together
 */
export async function disentanglement(
  representation: Representation,
  options: DisentanglementOptions = {},
): Promise<Disentanglement> {
  const fn = "disentanglement";
  const { seed, onProgress } = readOptions(fn, table, options);
  const columns = columnsOf(fn, representation);
  let known: readonly FactorRegression[] | undefined;
  const regressions = (): readonly FactorRegression[] =>
    (known ??= factorRegressions(columns, seed));
  const context: Context = { representation, seed, columns, regressions };
  let scores: Partial<Scores> = {};
  for (const [i, [measure, run]] of parts.entries()) {
    scores = { ...scores, ...run(context) };
    onProgress?.({ measure, count: i + 1, of: parts.length });
    await new Promise((resolve) => setTimeout(resolve));
  }
  const { importances, information, ...figures } = scores as Scores;
  return { ...figures, tables: { importances, information } };
}
