import { modelRow } from "../models/resolve.ts";
import type { JsonObject } from "@elbo/core";
import type { Trial } from "../plan/trial.ts";

/** One row of the comparison, as its trials have it. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** What it is, in a sentence for readers of the report. */
  readonly summary: string;
  readonly options: JsonObject;
  /** Its first trial. */
  readonly trial: Trial;
}

/** The rows of a plan, in its order. */
export function rowsOfPlan(trials: readonly Trial[]): Row[] {
  const rows = new Map<string, Row>();
  for (const trial of trials) {
    if (rows.has(trial.row)) continue;
    const { row: name, title, options, summary = modelRow(trial.model).summary } = trial;
    rows.set(name, { name, title, summary, options, trial });
  }
  return [...rows.values()];
}
