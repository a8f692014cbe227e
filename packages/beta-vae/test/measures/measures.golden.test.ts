import { readFileSync } from "node:fs";
import { auroc, logisticRegression } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { boostTrees } from "../../src/measures/boostedTrees.ts";
import { mutualInformationGapChen } from "../../src/measures/chenGap.ts";
import { dci, dciOfImportances } from "../../src/measures/dci.ts";
import { explicitness } from "../../src/measures/explicitness.ts";
import { rowsOf, standardized } from "../../src/measures/factorRegressions.ts";
import { betaVaeScore, factorVaeScore } from "../../src/measures/fixedFactor.ts";
import { attributePredictability, mutualInformationGap } from "../../src/measures/gap.ts";
import { infoMec, neighbourInformation } from "../../src/measures/infoMec.ts";
import { linearSeparation } from "../../src/measures/linearSeparation.ts";
import { modularity } from "../../src/measures/modularity.ts";
import { mutualInformationTable } from "../../src/measures/mutualInformation.ts";
import { unsupervisedDisentanglementRanking } from "../../src/measures/rankSimilarity.ts";
import { columnsOf } from "../../src/measures/representation.ts";
import { interventionalRobustness } from "../../src/measures/robustness.ts";
import { unsupervisedScores } from "../../src/measures/unsupervised.ts";

/** Written by test/reference/measures.py with scikit-learn 1.9.1. */
interface Reference {
  readonly codes: readonly (readonly number[])[];
  readonly factors: readonly (readonly number[])[];
  readonly train: readonly number[];
  readonly test: readonly number[];
  readonly information: readonly (readonly number[])[];
  readonly mig: number;
  readonly svm: readonly (readonly number[])[];
  readonly importances: readonly (readonly number[])[];
  readonly accuracies: readonly number[];
  readonly regressions: readonly (readonly (readonly number[])[])[];
  readonly areas: readonly number[];
  readonly neighbours: readonly (readonly number[])[];
  readonly gaussianTotalCorrelation: number;
  readonly wassersteinCorrelation: number;
  readonly meanMutualInformation: number;
  readonly sap: number;
  readonly sapOfNumbers: number;
  /** Disentanglement, completeness, informativeness. */
  readonly dci: readonly number[];
  readonly modularity: number;
  readonly explicitness: number;
  readonly irs: number;
  /** Of the codes, and of the further models. */
  readonly factorVaeScores: readonly number[];
  readonly betaVaeScores: readonly number[];
  /** Modularity, compactness, explicitness. */
  readonly infoMec: readonly number[];
  readonly chen: number;
  readonly udr: readonly number[];
  /** Codes and rates of two further models of the same points. */
  readonly udrModels: readonly (readonly [readonly (readonly number[])[], readonly number[]])[];
}
const reference = JSON.parse(
  readFileSync(new URL("../reference/measures.json", import.meta.url), "utf8"),
) as Reference;

const points = reference.codes.length;
const codes = { data: Float64Array.from(reference.codes.flat()), shape: [points, 4] };
const factors = { data: Int32Array.from(reference.factors.flat()), shape: [points, 3] };
// Float64 codes are not among the arrays that people hand in; the functions take any numbers.
const representation = { codes, factors } as never;
const matrix = (rows: readonly (readonly number[])[]): { data: Float64Array; shape: number[] } => ({
  data: Float64Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});
const columns = columnsOf("test", representation);
const train = Int32Array.from(reference.train);
const held = Int32Array.from(reference.test);

test("mutual information of binned codes is scikit-learn's to 1e-9", () => {
  expectClose(mutualInformationTable(columns).flat(), reference.information.flat(), {
    rtol: 1e-9,
    atol: 1e-9,
  });
});

test("the mutual information gap is the reference's to 1e-9", () => {
  expectClose([mutualInformationGap(representation)], [reference.mig], { rtol: 1e-9, atol: 1e-9 });
});

test("one-dimensional support vector machines have the accuracies of LinearSVC", () => {
  const actual = columns.codes.flatMap((code) =>
    columns.factors.map((classes, k) =>
      linearSeparation({ code, classes, count: columns.classes[k], train, test: held }),
    ),
  );
  expectClose(actual, reference.svm.flat(), { atol: 1e-9 });
});

test("logistic regression has scikit-learn's log probabilities and areas under the curve", () => {
  const features = columns.codes.map((code) => standardized(code, train));
  for (const [k, labels] of columns.factors.entries()) {
    // Two classes: one score with the penalty of one weight, here two with opposite weights, so half of each.
    const classes = columns.classes[k];
    const labelsOf = (of: Int32Array): Int32Array => of.map((i) => labels[i]);
    const { data } = logisticRegression(
      { features: rowsOf(features, train), labels: labelsOf(train) },
      { classes, C: classes === 2 ? 0.5 * 2 : 1 },
    ).logProbabilities(rowsOf(features, held));
    const areas = Array.from(
      { length: classes },
      (_, c) =>
        auroc(
          Float64Array.from(held, (__, n) => data[n * classes + c]),
          Array.from(labelsOf(held), (label) => label === c),
        ).mean,
    );
    expectClose([areas.reduce((a, b) => a + b, 0) / classes], [reference.areas[k]], {
      atol: 1e-4,
    });
    if (classes > 2) {
      expectClose(data.subarray(0, 5 * classes), reference.regressions[k].flat(), {
        rtol: 1e-3,
        atol: 1e-3,
      });
    }
  }
});

test("neighbour information is scikit-learn's mutual_info_classif up to the noise that it adds", () => {
  const actual = columns.codes.map((code) =>
    columns.factors.map((factor) => neighbourInformation(code, factor)),
  );
  expectClose(actual.flat(), reference.neighbours.flat(), { atol: 0.02 });
});

test("importances of boosted trees lie within 0.05 of scikit-learn's, accuracies within 0.03", () => {
  const boosted = columns.factors.map((labels, k) =>
    boostTrees({ codes: columns.codes, labels, classes: columns.classes[k], train, test: held }),
  );
  expectClose(
    boosted.flatMap(({ importances }) => [...importances]),
    reference.importances.flat(),
    { rtol: 0, atol: 0.05 },
  );
  expectClose(
    boosted.map(({ testAccuracy }) => testAccuracy),
    reference.accuracies,
    { rtol: 0, atol: 0.03 },
  );
  expect(boosted[0].importances[3]).toBeLessThan(0.1); // noise
});

test("total and Wasserstein correlation are those of NumPy's eigenvalues to 1e-9", () => {
  const scores = unsupervisedScores(codes);
  expectClose(
    [scores.gaussianTotalCorrelation, scores.wassersteinCorrelation],
    [reference.gaussianTotalCorrelation, reference.wassersteinCorrelation],
    { rtol: 1e-9, atol: 1e-9 },
  );
});

test("modularity and the squared correlations of SAP are NumPy's to 1e-9, IRS by its percentiles too", () => {
  expectClose(
    [
      modularity(representation),
      attributePredictability(representation, { factors: "numbers" }),
      interventionalRobustness(representation),
      unsupervisedScores(codes).mutualInformation,
    ],
    [reference.modularity, reference.sapOfNumbers, reference.irs, reference.meanMutualInformation],
    { rtol: 1e-9, atol: 1e-9 },
  );
});

test("UDR is that of SciPy's rank correlations to 1e-9", () => {
  const models = [
    { codes, rates: [1, 1, 1, 1] },
    ...reference.udrModels.map(([rows, rates]) => ({ codes: matrix(rows), rates })),
  ];
  expectClose(unsupervisedDisentanglementRanking(models), reference.udr, {
    rtol: 1e-9,
    atol: 1e-9,
  });
});

test("disentanglement and completeness of the same importances are NumPy's to 1e-9", () => {
  const { importances } = reference; // [factor][code]
  const byCode = importances[0].map((_, j) => importances.map((ofFactor) => ofFactor[j]));
  const { disentanglement, completeness } = dciOfImportances(byCode);
  expectClose([disentanglement, completeness], reference.dci.slice(0, 2), {
    rtol: 1e-9,
    atol: 1e-9,
  });
});

// The measures as they are called split the points by a permutation of their own; thirds of 600 differ by some hundredths.
test("SAP, DCI and explicitness of another split are scikit-learn's within 0.06", () => {
  const { disentanglement, completeness, informativeness } = dci(representation);
  expectClose(
    [
      attributePredictability(representation),
      disentanglement,
      completeness,
      informativeness,
      explicitness(representation),
    ],
    [reference.sap, ...reference.dci, reference.explicitness],
    { rtol: 0, atol: 0.06 },
  );
});

test("InfoMEC is that of mutual_info_classif and LogisticRegression: within 0.01, and 0.05 on another split", () => {
  const { modularity: m, compactness: c, explicitness: e } = infoMec(representation);
  expectClose([m, c], reference.infoMec.slice(0, 2), { rtol: 0, atol: 0.01 });
  expectClose([e], [reference.infoMec[2]], { rtol: 0, atol: 0.05 });
});

test("FactorVAE and β-VAE scores of three representations are NumPy's within the error of 4,000 and 2,000 votes", () => {
  const all = [
    representation,
    ...reference.udrModels.map(([rows]) => ({ codes: matrix(rows), factors })),
  ];
  const draws = { train: 4000, test: 4000 };
  expectClose(
    all.map((one) => factorVaeScore(one as never, draws)),
    reference.factorVaeScores,
    { rtol: 0, atol: 0.03 },
  );
  expectClose(
    all.map((one) => betaVaeScore(one as never, { train: 2000, test: 2000 })),
    reference.betaVaeScores,
    { rtol: 0, atol: 0.03 },
  );
  expect(Math.min(...reference.factorVaeScores)).toBeLessThan(0.95); // not all of them at the ceiling
});

test("Chen's gap by draws is that of entropies by quadrature within 0.03", () => {
  const logVar = { data: new Float64Array(points * 4).fill(2 * Math.log(0.2)), shape: [points, 4] };
  const gap = mutualInformationGapChen({ mean: codes, logVar, factors }, { draws: 2000 });
  expectClose([gap], [reference.chen], { rtol: 0, atol: 0.03 });
});
