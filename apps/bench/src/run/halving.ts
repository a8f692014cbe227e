/**
 * @file Successive halving (Jamieson and Talwalkar 2016): all settings of an entry are trained a little, the best part of them goes on to
 * the next rung, and so on. Scores at a rung lie in the trials' folders, so that whoever trains, nobody trains twice.
 */
import type { Trial } from "../plan/trial.ts";
import type { Halving } from "../configuration/protocol.ts";
import type { GivenUp } from "../results/schema.ts";
import type { Writer } from "../writer.ts";
import type { Store } from "./store.ts";

/** The epochs after which settings are compared: `epochs`, then `factor` times as many, as long as they are not the last. */
function rungsOf(trials: readonly Trial[]): Halving[] {
  const [first] = compared(trials);
  if (first?.halving === undefined) return [];
  const { epochs, factor } = first.halving;
  const rungs: Halving[] = [];
  for (let at = epochs; at < first.protocol.epochs; at *= factor)
    rungs.push({ epochs: at, factor });
  return rungs;
}

const fileOf = (epochs: number): string => `rung-${epochs}.json`;

/**
 * Nats per image of a trial at a rung, lower is better; infinite for one that came to nothing, undefined before it is there. One that
 * another plan took to its end has passed the rung: its record says how it stood there.
 */
export function readScore(store: Store, id: string, epochs: number): number | undefined {
  const stored = store.readTrialFile(id, fileOf(epochs));
  if (stored !== undefined) {
    const { score } = JSON.parse(new TextDecoder().decode(stored)) as { score: number | null };
    return score ?? Infinity;
  }
  const passed = store.readResult(id)?.scores;
  if (passed !== undefined && passed.length >= epochs) return passed[epochs - 1] ?? Infinity;
  return store.readDivergence(id) === undefined ? undefined : Infinity;
}

/** Says where a trial stands at a rung. */
export async function writeScore(
  store: Store,
  id: string,
  { epochs, score }: { readonly epochs: number; readonly score: number },
): Promise<void> {
  const text = JSON.stringify({ score: Number.isFinite(score) ? score : null });
  await store.writeTrialFile(id, fileOf(epochs), new TextEncoder().encode(text));
}

/** The trials that rungs are for: those that are trained. */
const compared = (trials: readonly Trial[]): Trial[] =>
  trials.filter(({ halving }) => halving !== undefined);

/** Who goes on, and the rows that do not. */
export interface Halved {
  readonly givenUp: readonly GivenUp[];
  readonly left: readonly Trial[];
}

/**
 * Gives up settings rung by rung.
 *
 * @param reach has these trials trained up to a rung, with their scores in the store; false when it was stopped before
 * @returns undefined when it was stopped
 */
export async function halve(
  trials: readonly Trial[],
  { store, writer }: { readonly store: Store; readonly writer: Writer },
  reach: (left: readonly Trial[], epochs: number) => Promise<boolean>,
): Promise<Halved | undefined> {
  const givenUp: GivenUp[] = [];
  let left = trials;
  for (const rung of rungsOf(trials)) {
    if (!(await reach(compared(left), rung.epochs))) return undefined;
    const decision = decide(left, store, rung);
    for (const { title, epochs } of decision.givenUp)
      writer.line(`Given up after ${epochs} epochs: ${title}.`);
    givenUp.push(...decision.givenUp);
    ({ left } = decision);
  }
  return { givenUp, left };
}

/** What a rung decides: of every entry all rows but the best `ceil(n / factor)`, by their means over seeds, are given up. */
function decide(trials: readonly Trial[], store: Store, { epochs, factor }: Halving): Halved {
  const byEntry = new Map<string, Map<string, number[]>>();
  for (const { id, row, entry } of compared(trials)) {
    const rows = byEntry.get(entry) ?? new Map<string, number[]>();
    const score = readScore(store, id, epochs) ?? Infinity;
    byEntry.set(entry, rows.set(row, [...(rows.get(row) ?? []), score]));
  }
  const lost = [...byEntry.values()].flatMap((rows) =>
    [...rows]
      .map(([row, scores]) => ({ row, score: scores.reduce((a, b) => a + b, 0) / scores.length }))
      .sort((a, b) => a.score - b.score)
      .slice(Math.ceil(rows.size / factor)),
  );
  const givenUp = lost.map(({ row: model, score }) => {
    const title = trials.find(({ row }) => row === model)?.title ?? model;
    return { model, title, epochs, score };
  });
  const rows = new Set(lost.map(({ row }) => row));
  return { givenUp, left: trials.filter(({ row }) => !rows.has(row)) };
}

/** What the rungs of a plan have decided so far, as the folder says. */
export function givenUpOf(trials: readonly Trial[], store: Store): GivenUp[] {
  const all: GivenUp[] = [];
  let left = trials;
  for (const halving of rungsOf(trials)) {
    if (compared(left).some(({ id }) => readScore(store, id, halving.epochs) === undefined)) break;
    const decision = decide(left, store, halving);
    all.push(...decision.givenUp);
    ({ left } = decision);
  }
  return all;
}
