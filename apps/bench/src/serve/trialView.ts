import { statSync } from "node:fs";
import { join } from "node:path";
import { reasonOf } from "@elbo/common";
import { columns } from "../results/columns.ts";
import { formatNumber, headingOf } from "../results/format.ts";
import { readLive } from "../run/liveLog.ts";
import { missingMeasures } from "../run/measureTrial.ts";
import type { Trial } from "../plan/trial.ts";
import type { SeedResult } from "../results/schema.ts";
import type { LivePoint } from "../run/liveLog.ts";
import { liveFile } from "../run/store.ts";
import type { Store } from "../run/store.ts";

/** A trial as the page shows it. */
export interface TrialView {
  readonly id: string;
  readonly title: string;
  readonly seed: number;
  readonly state: "waiting" | "training" | "measuring" | "finished" | "diverged" | "unreadable";
  /** While it trains. */
  readonly points: readonly LivePoint[];
  /** Once it is measured: headings of columns with their numbers. */
  readonly figures: readonly string[];
  /** Why it came to nothing. */
  readonly message?: string;
}

/** Columns of a card. */
const mostFigures = 4;

const files = ["result.json", "diverged.json", liveFile];

/** What changes when the folder says something else of a trial: sizes and times of its files. */
export const stampOf = ({ id }: Trial, store: Store): string =>
  files
    .map((file) => statSync(join(store.out, "trials", id, file), { throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? "" : `${stat.mtimeMs}/${stat.size}`))
    .join();

/** What the folder says of a trial. */
export function trialView(trial: Trial, store: Store): TrialView {
  const { id, title, seed } = trial;
  const known = { id, title, seed, points: [], figures: [] };
  try {
    return { ...known, ...stateOf(trial, store) };
  } catch (error) {
    return { ...known, state: "unreadable", message: reasonOf(error) };
  }
}

function stateOf(
  { id, measures }: Trial,
  store: Store,
): Pick<TrialView, "state"> & Partial<TrialView> {
  const diverged = store.readDivergence(id);
  if (diverged !== undefined) return { state: "diverged", message: diverged.message };
  const result = store.readResult(id);
  if (result === undefined) {
    const points = readLive(store, id);
    return { state: points.length === 0 ? "waiting" : "training", points };
  }
  const isMeasured = missingMeasures(measures, result).length === 0;
  return { state: isMeasured ? "finished" : "measuring", figures: figuresOf(result) };
}

const figuresOf = (result: SeedResult): string[] =>
  columns
    .flatMap((column) => {
      const value = column.value(result);
      return value === undefined
        ? []
        : [`${headingOf(column)} ${formatNumber(value, column.digits)}`];
    })
    .slice(0, mostFigures);
