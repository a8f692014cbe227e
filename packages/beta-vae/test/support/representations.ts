/** Points of known factors with codes that are functions of them, and the measures that are asked about them. */
import { Random, type NdArray } from "@elbo/core";
import {
  attributePredictability,
  betaVaeScore,
  dci,
  explicitness,
  factorVaeScore,
  infoMec,
  interventionalRobustness,
  modularity,
  mutualInformationGap,
  type Dci,
  type Representation,
} from "../../src/index.ts";

/** The codes of a row of factors, the i-th. */
type Code = (row: readonly number[], i: number) => readonly number[];

/** Points of independent factors, each uniform over its classes, and codes that are a function of them. */
export function represent(
  code: Code,
  { count = 1500, classes = [5, 4, 3], seed = 1 } = {},
): Representation {
  const random = new Random(seed);
  const rows = Array.from({ length: count }, () => classes.map((n) => random.integer(n)));
  const values = rows.map(code);
  return {
    codes: matrix(values),
    factors: { data: Int32Array.from(rows.flat()), shape: [count, classes.length] },
  };
}

export const matrix = (rows: readonly (readonly number[])[]): NdArray => ({
  data: Float32Array.from(rows.flat()),
  shape: [rows.length, rows[0].length],
});

/** Fewer draws than by default. */
export const quick = { train: 1000, test: 500 };

const known = new WeakMap<Representation, Dci>();

/** Of the same representation once for all who ask, since trees take time. */
export function dciOnce(representation: Representation): Dci {
  const scores = known.get(representation) ?? dci(representation);
  known.set(representation, scores);
  return scores;
}

/** Measures of a representation in [0, 1], by name. */
export const measures: readonly (readonly [string, (r: Representation) => number])[] = [
  ["mutual information gap", (r) => mutualInformationGap(r)],
  [
    "attribute predictability of numbers",
    (r) => attributePredictability(r, { factors: "numbers" }),
  ],
  ["FactorVAE score", (r) => factorVaeScore(r, quick)],
  ["β-VAE score", (r) => betaVaeScore(r, quick)],
  ["modularity", (r) => modularity(r)],
  ["DCI disentanglement", (r) => dciOnce(r).disentanglement],
  ["DCI completeness", (r) => dciOnce(r).completeness],
  ["explicitness", (r) => explicitness(r)],
  ["interventional robustness", (r) => interventionalRobustness(r)],
  ["InfoMEC modularity", (r) => infoMec(r).modularity],
  ["InfoMEC compactness", (r) => infoMec(r).compactness],
];
