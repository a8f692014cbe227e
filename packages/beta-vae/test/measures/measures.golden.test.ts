import { readFileSync } from "node:fs";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { boostTrees } from "../../src/measures/boostedTrees.ts";
import { rocArea, standardized } from "../../src/measures/explicitness.ts";
import { mutualInformationGap } from "../../src/measures/gap.ts";
import { neighbourInformation } from "../../src/measures/infoMec.ts";
import { linearSeparation } from "../../src/measures/linearSeparation.ts";
import { logisticRegression } from "../../src/measures/logisticRegression.ts";
import { mutualInformationTable } from "../../src/measures/mutualInformation.ts";
import { columnsOf } from "../../src/measures/representation.ts";
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
}
const reference = JSON.parse(
  readFileSync(new URL("../reference/measures.json", import.meta.url), "utf8"),
) as Reference;

const points = reference.codes.length;
const codes = { data: Float64Array.from(reference.codes.flat()), shape: [points, 4] };
const factors = { data: Int32Array.from(reference.factors.flat()), shape: [points, 3] };
// Float64 codes are not among the arrays that people hand in; the functions take any numbers.
const representation = { codes, factors } as never;
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
    const predict = logisticRegression(
      { features, labels, classes, train },
      { C: classes === 2 ? 0.5 * 2 : 1 },
    );
    const areas = Array.from({ length: classes }, (_, c) =>
      rocArea(
        Array.from(held, (i) => predict(i)[c]),
        Array.from(held, (i) => labels[i] === c),
      ),
    );
    expectClose(
      [areas.reduce<number>((a, b) => a + (b ?? NaN), 0) / classes],
      [reference.areas[k]],
      { atol: 1e-4 },
    );
    if (classes > 2) {
      const logs = Array.from(held.slice(0, 5), (i) => [...predict(i)]).flat();
      expectClose(logs, reference.regressions[k].flat(), { rtol: 1e-3, atol: 1e-3 });
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
  const scores = unsupervisedScores(codes as never);
  expectClose(
    [scores.gaussianTotalCorrelation, scores.wassersteinCorrelation],
    [reference.gaussianTotalCorrelation, reference.wassersteinCorrelation],
    { rtol: 1e-9, atol: 1e-9 },
  );
});
