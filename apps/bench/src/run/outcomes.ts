import type { Trial } from "../plan/trial.ts";
import type { Divergence, SeedResult } from "../results/schema.ts";
import type { Store } from "./store.ts";

/** What the folder has of the trials of a plan, under the rows of the plan. */
export const resultsOf = (trials: readonly Trial[], store: Store): SeedResult[] =>
  trials.flatMap(({ id, row: model }) => {
    const result = store.readResult(id);
    return result === undefined ? [] : [{ ...result, model }];
  });

/** The trials of a plan that came to nothing, as the folder says. */
export const divergencesOf = (trials: readonly Trial[], store: Store): Divergence[] =>
  trials.flatMap(({ id, row: model, title, seed }) => {
    const known = store.readDivergence(id);
    return known === undefined ? [] : [{ model, title, seed, ...known }];
  });
