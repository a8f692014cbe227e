import { readFileSync } from "node:fs";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  auroc,
  averagePrecision,
  frechetDistance,
  linearProbe,
  linearRegressionProbe,
  logisticRegression,
  nearestNeighbourProbe,
  pairedDifference,
  precisionRecall,
  ssim,
  symmetricEigen,
  temperatureScaling,
} from "../src/index.ts";
import { studentTwoSided } from "../src/numeric/studentT.ts";

type Table = readonly (readonly number[])[];

/** Written by test/reference/measures.py with scikit-learn 1.9.1 and SciPy 1.17.1. */
interface Reference {
  readonly a: Table;
  readonly b: Table;
  readonly frechet: number;
  readonly frechetSelf: number;
  readonly prdc: readonly number[];
  readonly scores: readonly number[];
  readonly positive: readonly number[];
  readonly auroc: number;
  readonly delong: number;
  readonly averagePrecision: number;
  readonly logits: Table;
  readonly labels: readonly number[];
  readonly temperature: number;
  readonly features: Table;
  readonly classes: readonly number[];
  readonly targets: readonly number[];
  readonly linear: number;
  readonly logProbabilities: Table;
  readonly knn: number;
  readonly r2: number;
  readonly images: readonly (readonly Table[])[];
  readonly others: readonly (readonly Table[])[];
  readonly ssim: readonly number[];
  readonly pairs: Table;
  readonly paired: readonly number[];
  readonly t: Table;
  readonly symmetric: Table;
  readonly eigenvalues: readonly number[];
}
const reference = JSON.parse(
  readFileSync(new URL("./reference/measures.json", import.meta.url), "utf8"),
) as Reference;

const matrix = (rows: Table) => ({
  data: Float64Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});
const [a, b] = [matrix(reference.a), matrix(reference.b)];

// SciPy's square root of a singular product is good to half of the digits.
test("the Fréchet distance is that by SciPy's square root of the product", () => {
  expectClose([frechetDistance(a, b)], [reference.frechet], { rtol: 1e-6 });
  const moved = { ...a, data: a.data.map((x) => Math.round((x + 0.25) * 1e4) / 1e4) };
  expectClose([frechetDistance(a, moved)], [6 * 0.25 ** 2], { rtol: 1e-9 });
  expectClose([frechetDistance(a, moved)], [reference.frechetSelf], { atol: 1e-6 });
});

test("precision, recall, density and coverage are those of the papers' formulas in NumPy", () => {
  const { precision, recall, density, coverage } = precisionRecall(a, b, { neighbours: 3 });
  expectClose([precision.mean, recall.mean, density.mean, coverage.mean], reference.prdc, {
    rtol: 1e-12,
  });
});

test("areas and average precisions are scikit-learn's, with ties, and the standard error is DeLong's", () => {
  const { scores, positive } = reference;
  const area = auroc(scores, positive);
  expectClose([area.mean, area.standardError], [reference.auroc, reference.delong], {
    rtol: 1e-12,
  });
  const average = averagePrecision(scores, positive);
  expectClose([average.mean], [reference.averagePrecision], { rtol: 1e-12 });
});

test("the temperature is the one that SciPy finds", () => {
  const { temperature } = temperatureScaling(matrix(reference.logits), reference.labels);
  expectClose([temperature], [reference.temperature], { rtol: 1e-6 });
});

const parts = <T>(values: readonly T[]) => [values.slice(0, 140), values.slice(140)];
const [trainFeatures, testFeatures] = parts(reference.features).map(matrix);
const [trainLabels, testLabels] = parts(reference.classes);
const [trainTargets, testTargets] = parts(reference.targets);
const labelled = {
  train: { features: trainFeatures, labels: trainLabels },
  test: { features: testFeatures, labels: testLabels },
};

test("probes are as right as scikit-learn's", () => {
  expect(linearProbe(labelled).mean).toBeCloseTo(reference.linear, 12);
  expect(nearestNeighbourProbe(labelled).mean).toBeCloseTo(reference.knn, 12);
  const { mean } = linearRegressionProbe({
    train: { features: trainFeatures, targets: trainTargets },
    test: { features: testFeatures, targets: testTargets },
  });
  expectClose([mean], [reference.r2], { rtol: 1e-10 });
});

test("log probabilities of a logistic regression are scikit-learn's", () => {
  const means = trainFeatures.data.reduce(
    (sum, x, i) => ((sum[i % 5] += x / 140), sum),
    new Float64Array(5),
  );
  const variances = trainFeatures.data.reduce(
    (sum, x, i) => ((sum[i % 5] += (x - means[i % 5]) ** 2 / 140), sum),
    new Float64Array(5),
  );
  const scaled = ({ data, shape }: typeof trainFeatures) => ({
    data: data.map((x, i) => (x - means[i % 5]) / Math.sqrt(variances[i % 5])),
    shape,
  });
  const fitted = logisticRegression({ features: scaled(trainFeatures), labels: trainLabels });
  const { data, shape } = fitted.logProbabilities(scaled(testFeatures));
  expect(shape).toEqual([60, 3]);
  // Both stop when the gradient is small.
  expectClose(data.subarray(0, 12), reference.logProbabilities.flat(), { rtol: 1e-4, atol: 1e-4 });
});

test("structural similarity is that of the paper's formula in SciPy, of bytes and of the same values in [0, 1]", () => {
  const bytes = (images: Reference["images"]) => ({
    data: Uint8Array.from(images.flat(3)),
    shape: [3, 16, 14, 2],
  });
  const floats = (images: Reference["images"]) => ({
    data: Float64Array.from(images.flat(3), (x) => x / 255),
    shape: [3, 16, 14, 2],
  });
  const { images, others } = reference;
  expectClose(ssim(bytes(images), bytes(others)), reference.ssim, { rtol: 1e-10 });
  expectClose(ssim(floats(images), floats(others)), reference.ssim, { rtol: 1e-9 });
});

test("the paired t test is SciPy's, in the tails too", () => {
  const { t, p } = pairedDifference(reference.pairs[0], reference.pairs[1]);
  expectClose([t, p], reference.paired, { rtol: 1e-10 });
  for (const [value, degrees, expected] of reference.t) {
    expectClose([studentTwoSided(value, degrees)], [expected], { rtol: 1e-10, atol: 1e-13 });
  }
});

test("eigenvalues are NumPy's, and the vectors are orthonormal and give the matrix back", () => {
  const given = reference.symmetric.flat();
  const { values, vectors } = symmetricEigen(given);
  expectClose(values, reference.eigenvalues, { rtol: 1e-12 });
  const n = values.length;
  const at = (i: number, j: number) => vectors[i * n + j];
  const range = [...values.keys()];
  const back = range.flatMap((i) =>
    range.map((j) => range.reduce((sum, k) => sum + values[k] * at(k, i) * at(k, j), 0)),
  );
  expectClose(back, given, { rtol: 1e-12, atol: 1e-13 });
  const gram = range.flatMap((i) =>
    range.map((j) => range.reduce((sum, k) => sum + at(i, k) * at(j, k), 0)),
  );
  expectClose(
    gram,
    range.flatMap((i) => range.map((j) => (i === j ? 1 : 0))),
    { atol: 1e-14 },
  );
});
