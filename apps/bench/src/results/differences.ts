import { decodeSafetensors, pairedDifference } from "@elbo/core";
import { measures } from "../measures/index.ts";
import type { PairedDifference } from "@elbo/core";
import type { Trial } from "../plan/trial.ts";
import type { Store } from "../run/store.ts";
import type { Difference, SeedResult } from "./schema.ts";

/** Figures of one trial example by example, by key. */
type ExampleFigures = ReadonlyMap<string, Float64Array>;

/** More rows than these have no pairs: a search of hundreds would have tens of thousands. */
const mostRows = 30;

/**
 * The paired differences between all pairs of rows in every figure that is a mean over test examples: over examples, each of them
 * averaged over the seeds that both rows have, and over those seeds.
 *
 * @param trials of the plan
 * @param results of the trials that are finished
 */
export function differencesOf(
  trials: readonly Trial[],
  results: readonly SeedResult[],
  store: Store,
): Difference[] {
  const rows = new Map<string, Map<number, ExampleFigures>>();
  for (const { model, seed } of results) {
    const trial = trials.find((one) => one.row === model && one.seed === seed);
    if (trial === undefined) continue;
    const seeds = rows.get(model) ?? new Map<number, ExampleFigures>();
    rows.set(model, seeds.set(seed, examplesOf(trial, store)));
  }
  const names = [...rows.keys()];
  if (names.length > mostRows) return [];
  return names.flatMap((a, i) =>
    names
      .slice(i + 1)
      .flatMap((b) =>
        differencesBetween([a, rows.get(a) ?? new Map()], [b, rows.get(b) ?? new Map()]),
      ),
  );
}

function examplesOf(trial: Trial, store: Store): ExampleFigures {
  const figures = new Map<string, Float64Array>();
  for (const { name } of measures) {
    const file = `${name}.examples.safetensors`;
    const bytes = store.readTrialFile(trial.id, file);
    if (bytes === undefined) continue;
    for (const [key, { data }] of decodeSafetensors(bytes, file).tensors)
      figures.set(key, Float64Array.from(data));
  }
  return figures;
}

type Row = readonly [name: string, seeds: ReadonlyMap<number, ExampleFigures>];

function differencesBetween([a, ofA]: Row, [b, ofB]: Row): Difference[] {
  const seeds = [...ofA.keys()].filter((seed) => ofB.has(seed));
  const keys = new Set(seeds.flatMap((seed) => [...(ofA.get(seed)?.keys() ?? [])]));
  return [...keys].flatMap((key) => {
    const pairs = seeds.flatMap((seed) => {
      const [first, second] = [ofA.get(seed)?.get(key), ofB.get(seed)?.get(key)];
      return first === undefined || second?.length !== first.length
        ? []
        : [[first, second] as const];
    });
    if (pairs.length === 0 || pairs[0][0].length < 2) return [];
    const mean = (side: 0 | 1): Float64Array =>
      pairs[0][side].map(
        (_, i) => pairs.reduce((sum, pair) => sum + pair[side][i], 0) / pairs.length,
      );
    const examples = told(pairedDifference(mean(0), mean(1)));
    const average = (values: Float64Array): number =>
      values.reduce((sum, value) => sum + value, 0) / values.length;
    const bySeed = ([0, 1] as const).map((side) => pairs.map((pair) => average(pair[side])));
    return [
      {
        a,
        b,
        figure: key,
        examples,
        seeds: pairs.length < 2 ? null : told(pairedDifference(bySeed[0], bySeed[1])),
        seedCount: pairs.length,
      },
    ];
  });
}

/** NaN (no difference at all) is no number in JSON. */
const told = ({ mean, standardError, p }: PairedDifference): Difference["examples"] => ({
  mean,
  standardError,
  p: Number.isFinite(p) ? p : 1,
});
