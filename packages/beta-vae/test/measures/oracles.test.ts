import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { mutualInformationGapChen } from "../../src/measures/chenGap.ts";
import { dciOfImportances } from "../../src/measures/dci.ts";
import { disentanglement } from "../../src/measures/disentanglement.ts";
import { factorVaeScore } from "../../src/measures/fixedFactor.ts";
import { attributePredictability, mutualInformationGap } from "../../src/measures/gap.ts";
import { digamma } from "../../src/measures/infoMec.ts";
import { modularity, modularityOfTable } from "../../src/measures/modularity.ts";
import { binned } from "../../src/measures/mutualInformation.ts";
import { unsupervisedDisentanglementRanking } from "../../src/measures/rankSimilarity.ts";
import { unsupervisedScores } from "../../src/measures/unsupervised.ts";
import { measures, quick, represent } from "../support/representations.ts";

const same = represent((row) => row);
test.each(measures)("codes that are the factors score at least 0.9: %s", (_, measure) => {
  expect(measure(same)).toBeGreaterThanOrEqual(0.9);
});

const cos = Math.cos(Math.PI / 4);
const two = represent((row) => row, { classes: [5, 5] });
const rotated = represent(([a, b]) => [cos * a - cos * b, cos * a + cos * b], { classes: [5, 5] });
// Explicitness survives a rotation; the axis-aligned measures must fall.
test.each(measures.filter(([name]) => !["explicitness", "β-VAE score"].includes(name)))(
  "a rotation of two codes lowers the score: %s",
  (_, measure) => {
    expect(measure(rotated)).toBeLessThan(measure(two) - 0.05);
  },
);

const dead = represent(() => [0.1, 0]);
const withDead = represent((row) => [...row, 0.1]);
test.each(measures)("dead codes give a defined answer: %s", (_, measure) => {
  expect(measure(dead)).toBeLessThanOrEqual(0.55);
  // What they add to the others: nothing, but for completeness, whose logarithm counts all codes.
  expect(Math.abs(measure(withDead) - measure(same))).toBeLessThan(0.02);
});

test("a FactorVAE score of codes that are all dead is exactly 0", () => {
  expect(
    factorVaeScore(
      represent(() => [0, 1, 2]),
      quick,
    ),
  ).toBe(0);
});

test("a duplicated code leaves no gap, full modularity, and completeness 1 - ln 2 / ln 6", () => {
  const twice = represent((row) => [...row, ...row]);
  expect(mutualInformationGap(twice)).toBeCloseTo(0, 9);
  expect(attributePredictability(twice)).toBe(0);
  expect(modularity(twice)).toBeGreaterThan(0.99);
});

const identity = (n: number): number[][] =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => (i === j ? 1 : 0)));
test.each([
  ["the identity", identity(5), 1, 1],
  ["zeros", identity(10).map((row) => row.map(() => 0)), 0, 0],
  ["an identity stacked twice", [...identity(5), ...identity(5)], 1, 1 - Math.LN2 / Math.log(10)],
  [
    "two identities side by side",
    identity(5).map((row) => [...row, ...row]),
    1 - Math.LN2 / Math.log(10),
    1,
  ],
  [
    "a dead row",
    [
      [1, 0],
      [0, 1],
      [0, 0],
    ],
    1,
    1,
  ],
])("DCI of importances: %s", (_, importances, d, c) => {
  const { disentanglement: D, completeness: C } = dciOfImportances(importances);
  expectClose([D, C], [d, c], { atol: 1e-9 });
});

test("modularity of a table leaves a dead row out, and side by side loses 1 / 9", () => {
  expectClose(
    [
      modularityOfTable([
        [1, 0],
        [0, 1],
        [0, 0],
      ]),
    ],
    [1],
    { atol: 1e-12 },
  );
  expectClose([modularityOfTable(identity(5).map((row) => [...row, ...row]))], [1 - 1 / 9], {
    atol: 1e-12,
  });
});

test("the total correlation of a correlation of 0.9 is -1/2 ln(1 - 0.81)", () => {
  const random = new Random(2);
  const n = 20_000;
  const draws = new Float32Array(2 * n);
  random.fillNormalInto(draws);
  // Whitened exactly, so that the sample's covariance is the one wanted.
  const a = Float64Array.from({ length: n }, (_, i) => draws[i]);
  const b = Float64Array.from({ length: n }, (_, i) => draws[n + i]);
  center(a);
  center(b);
  const slope = dot(a, b) / dot(a, a);
  const residual = b.map((value, i) => value - slope * a[i]);
  const scale = Math.sqrt(dot(a, a) / dot(residual, residual));
  const rows = Array.from({ length: n }, (_, i) => [
    a[i],
    0.9 * a[i] + Math.sqrt(0.19) * scale * residual[i],
  ]);
  const { gaussianTotalCorrelation } = unsupervisedScores({
    data: Float32Array.from(rows.flat()),
    shape: [n, 2],
  });
  expectClose([gaussianTotalCorrelation], [-0.5 * Math.log(1 - 0.81)], { rtol: 1e-4 });
});

function center(values: Float64Array): void {
  const mean = values.reduce((x, y) => x + y, 0) / values.length;
  for (let i = 0; i < values.length; i++) values[i] -= mean;
}
const dot = (x: Float64Array, y: Float64Array): number =>
  x.reduce((sum, value, i) => sum + value * y[i], 0);

test("Chen's gap of sharp posteriors at the factors is near 1, of posteriors that are the prior 0", () => {
  const sharp = represent((row) => row, { count: 600 });
  const logVar = { data: new Float32Array(600 * 3).fill(-8), shape: [600, 3] };
  const gap = mutualInformationGapChen(
    { mean: sharp.codes, logVar, factors: sharp.factors },
    { draws: 200 },
  );
  expect(gap).toBeGreaterThan(0.9);
  const prior = { data: new Float32Array(600 * 3), shape: [600, 3] };
  const none = mutualInformationGapChen(
    { mean: prior, logVar: prior, factors: sharp.factors },
    { draws: 200 },
  );
  expect(none).toBeLessThan(0.05);
});

test("UDR ranks models that agree up to order and sign above a rotated one", () => {
  const plain = represent((row, i) => row.map((v, k) => v + ((i * (k + 3)) % 11) / 20));
  const flipped = represent((row, i) =>
    row.map((v, k) => -(v + ((i * (k + 3)) % 11) / 20)).reverse(),
  );
  const rotated = represent(([a, b, c]) => [a + b + c, a - b, a + b - 2 * c]);
  const rates = [1, 1, 1];
  const [first, second, third] = unsupervisedDisentanglementRanking(
    [plain, flipped, rotated].map(({ codes }) => ({ codes, rates })),
  );
  expect(first).toBeGreaterThan(third);
  expect(second).toBeGreaterThan(third);
});

test("a seed repeats every figure", async () => {
  const r = represent((row, i) => [row[0] + (i % 7) / 5, row[1] + row[2]], { count: 400 });
  const done: number[] = [];
  const first = await disentanglement(r, {
    seed: 3,
    onProgress: ({ count }) => void done.push(count),
  });
  expect(await disentanglement(r, { seed: 3 })).toEqual(first);
  expect(done).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const { tables, ...figures } = first;
  expect(Object.values(figures).every(Number.isFinite)).toBe(true);
  expect(Object.values(tables).map((table) => [table.length, table[0].length])).toEqual([
    [2, 3],
    [2, 3],
  ]);
});

test("bins are those of equal edges: the largest value is in the last, a constant column in one", () => {
  expect([...binned(Float64Array.of(0, 0.5, 1, 2), 4)]).toEqual([0, 1, 2, 3]);
  expect([...binned(Float64Array.of(3, 3), 4)]).toEqual([0, 0]);
});

test("digamma(1) is minus Euler's constant", () => {
  expectClose([digamma(1), digamma(0.5)], [-0.5772156649015329, -1.9635100260214235], {
    rtol: 1e-9,
  });
});
