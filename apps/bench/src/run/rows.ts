import { Refusal } from "../refusal.ts";
import type { ModelCase } from "../models/modelCase.ts";
import type { Trial } from "../plan/trial.ts";

/** The model of a trial, named and titled as its row. */
export function resolvedCase(trial: Trial, cases: readonly ModelCase[]): ModelCase {
  const base = cases.find(({ name }) => name === trial.model);
  if (base === undefined)
    throw new Refusal(
      `bench: models of a plan must be of ${cases.map(({ name }) => name).join(", ")}, got ${trial.model}`,
    );
  return { ...base, name: trial.row, title: trial.title, options: trial.options };
}

/** The rows of a plan, in its order. */
export function rowsOfPlan(trials: readonly Trial[], cases: readonly ModelCase[]): ModelCase[] {
  const rows = new Map<string, ModelCase>();
  for (const trial of trials)
    if (!rows.has(trial.row)) rows.set(trial.row, resolvedCase(trial, cases));
  return [...rows.values()];
}
