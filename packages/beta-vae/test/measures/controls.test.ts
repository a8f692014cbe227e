/** Negative controls: what must change nothing, and what must score at chance. */
import { Random } from "@elbo/core";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import {
  attributePredictability,
  dci,
  dciOfImportances,
  disentanglement,
  hintonCells,
  modularity,
  mutualInformationGap,
  mutualInformationGapChen,
  unsupervisedDisentanglementRanking,
  unsupervisedScores,
  type Representation,
} from "../../src/index.ts";
import { dciOnce, matrix, measures, represent } from "../support/representations.ts";

/** Codes of mixtures by their scales. */
const mixed = (scales: readonly number[]): Representation =>
  represent((row, i) =>
    [row[0] + (i % 7) / 10, row[1] - 0.4 * row[0], row[2] + (i % 3)].map(
      (value, j) => value * scales[j],
    ),
  );

const [plain, scaled] = [mixed([1, 1, 1]), mixed([0.25, 8, 32])];

const straight = represent((row, i) => [row[0] + (i % 7) / 10, row[1] - 0.4 * row[0], row[2]]);
const moved = represent((row, i) => [-row[2], row[0] + (i % 7) / 10, row[1] - 0.4 * row[0]]);
test.each(measures)("any order and sign of the codes changes nothing: %s", (_, measure) => {
  // Float32 codes and sums in another order; boosted trees may break ties the other way.
  expect(Math.abs(measure(moved) - measure(straight))).toBeLessThan(0.02);
});

const bySeveralScales = measures.filter(([name]) => name !== "interventional robustness");
test.each([
  ...bySeveralScales,
  ["attribute predictability", (r: Representation) => attributePredictability(r)] as const,
])("a scale of each code changes nothing: %s", (_, measure) => {
  // Powers of two, so that float32 codes are the same numbers but for the scale.
  expectClose([measure(scaled)], [measure(plain)], { atol: 1e-9 });
});

test("a scale of all codes changes no interventional robustness, which weighs codes by their deviations", () => {
  const [, measure] = measures.find(([name]) => name === "interventional robustness") ?? [];
  expectClose([measure?.(mixed([8, 8, 8])) ?? NaN], [measure?.(plain) ?? 0], {
    atol: 1e-9,
  });
});

test("scales change neither Chen's gap, the total correlation, nor UDR", () => {
  const gap = ({ codes, factors }: Representation, scales: readonly number[]): number => {
    const logVar = represent(() => scales.map((scale) => 2 * Math.log(scale) - 4)).codes;
    return mutualInformationGapChen({ mean: codes, logVar, factors }, { draws: 100 });
  };
  expectClose([gap(scaled, [0.25, 8, 32])], [gap(plain, [1, 1, 1])], { atol: 1e-5 });
  expectClose(
    [unsupervisedScores(scaled.codes).gaussianTotalCorrelation],
    [unsupervisedScores(plain.codes).gaussianTotalCorrelation],
    { atol: 1e-9 },
  );
  const other = { codes: represent((row) => [...row]).codes, rates: [1, 1, 1] };
  const ranking = ({ codes }: Representation): number[] =>
    unsupervisedDisentanglementRanking([{ codes, rates: [1, 1, 1] }, other]);
  expectClose(ranking(scaled), ranking(plain), { atol: 1e-12 });
});

const random = new Random(9);
const noise = represent(() => [random.uniform(), random.uniform(), random.uniform()]);
const all = [
  ...measures,
  ["attribute predictability", (r: Representation) => attributePredictability(r)] as const,
  ["DCI informativeness", (r: Representation) => dciOnce(r).informativeness] as const,
];
const classShares = (1 / 5 + 1 / 4 + 1 / 3) / 3;
test.each([
  ["mutual information gap", 0, 0.02],
  ["attribute predictability", 0, 0.05],
  ["attribute predictability of numbers", 0, 0.02],
  ["FactorVAE score", 1 / 3, 0.12],
  ["β-VAE score", 1 / 3, 0.12],
  ["DCI disentanglement", 0, 0.1],
  ["DCI completeness", 0, 0.1],
  ["DCI informativeness", classShares, 0.06],
  ["explicitness", 1 / 2, 0.05],
  ["interventional robustness", 0, 0.1],
  ["InfoMEC modularity", 0, 0.01],
  ["InfoMEC compactness", 0, 0.01],
])("codes that know nothing of the factors score at chance: %s", (name, chance, tolerance) => {
  const measure = all.find(([other]) => other === name)?.[1];
  expect(Math.abs((measure?.(noise) ?? NaN) - chance)).toBeLessThan(tolerance);
});

test("modularity has no chance of its own, but noise does not pass for modular", () => {
  // Counting makes mutual information of 20 bins and c classes 19 (c - 1) / 2n too large, by parts of 4, 3 and 2 here.
  const score = modularity(noise);
  expect(score).toBeGreaterThan(0.3);
  expect(score).toBeLessThan(0.9);
});

const factors = { data: Int32Array.of(0, 1), shape: [2, 1] };
test.each([
  [{ data: new Float32Array(4), shape: [4] }, "codes must have the shape [points, dimensions]"],
  [{ data: new Float32Array(0), shape: [0, 3] }, "codes must be of at least 2 points, got 0"],
  [{ data: new Float32Array(0), shape: [2, 0] }, "the shape [points, dimensions], got [2, 0]"],
  [{ data: new Float32Array(5), shape: [2, 3] }, "codes of shape [2, 3] must have 6 values, got 5"],
  [undefined, "codes must be an array { data, shape }, got undefined"],
  [new Float32Array(4), "codes must be an array { data, shape }, got Float32Array of length 4"],
  [
    { data: Float32Array.of(1, NaN), shape: [2, 1] },
    "codes must be finite, got NaN in dimension 0 of point 1",
  ],
  [{ data: new Float32Array(3), shape: [3, 1] }, "must be of the same points, got 3 and 2"],
])("bad codes are refused: %j", (codes, message) => {
  const given = { codes, factors } as Representation;
  expect(() => mutualInformationGap(given)).toThrow(
    `mutualInformationGap: ${message}`.slice(0, 22),
  );
  expect(() => mutualInformationGap(given)).toThrow(message);
});

test.each([
  [Float32Array.of(0, 0.5), "got 0.5 for factor 0 of point 1"],
  [Int32Array.of(0, -1), "got -1 for factor 0 of point 1"],
  [Float64Array.of(3e9, 0), "got 3000000000 for factor 0 of point 0"],
])("factors that are no classes are refused: %j", (data, message) => {
  const given = { codes: matrix([[0], [1]]), factors: { data, shape: [2, 1] } };
  expect(() => mutualInformationGap(given)).toThrow(message);
});

test("classes may be any typed integers, those of NumPy's int64 too", () => {
  const { codes, factors: small } = represent((row) => row, { count: 50 });
  const data = BigInt64Array.from(Array.from(small.data as Int32Array, BigInt));
  const wide = { codes, factors: { data, shape: small.shape } };
  expect(mutualInformationGap(wide)).toBe(mutualInformationGap({ codes, factors: small }));
});

const some = represent((row) => row, { count: 30 });
const bad = (options: unknown): never => options as never;
test.each<[string, () => unknown, string]>([
  ["bins", () => mutualInformationGap(some, { bins: 1 }), "bins must be an integer at least 2"],
  [
    "a typo",
    () => mutualInformationGap(some, bad({ bin: 5 })),
    'options must be among bins, got "bin"',
  ],
  [
    "a kind of factors",
    () => attributePredictability(some, bad({ factors: "number" })),
    'factors must be one of "classes", "numbers", got "number"',
  ],
  ["a seed", () => dci(some, bad({ seed: 0.5 })), "dci: seed must be an integer, got 0.5"],
  [
    "another shape of variances",
    () => mutualInformationGapChen({ mean: some.codes, logVar: matrix([[0], [1]]), ...some }),
    "logVar must have the shape of mean, [30, 3], got [2, 1]",
  ],
  [
    "rates that are no numbers",
    () =>
      unsupervisedDisentanglementRanking([
        { codes: some.codes, rates: [1, NaN, 1] },
        { codes: some.codes, rates: [1, 1, 1] },
      ]),
    "rates must be nats of at least 0, got NaN",
  ],
  [
    "rows of several lengths",
    () => hintonCells([[1, 0], [1]]),
    "rows of one length, got rows of [2, 1]",
  ],
  [
    "importances that are no shares",
    () => dciOfImportances([[1, -1]]),
    "dciOfImportances: entries must be finite and at least 0, got -1",
  ],
  ["no table", () => hintonCells(bad(3)), "hintonCells: table must be a list of rows, got 3"],
  ["nothing", () => mutualInformationGap(bad(undefined)), "codes must be an array { data, shape }"],
  ["no rows", () => hintonCells([]), "rows of one length, got rows of []"],
])("a measure refuses %s", (_, call, message) => {
  expect(call).toThrow(message);
});

test("all measures together refuse a progress that is no function", async () => {
  await expect(disentanglement(some, bad({ onProgress: true }))).rejects.toThrow(
    "disentanglement: onProgress must be a function, got true",
  );
});
