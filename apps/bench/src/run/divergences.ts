import type { Trial } from "../plan/trial.ts";
import type { Divergence } from "../results/schema.ts";
import type { Store } from "./store.ts";

/** The trials of a plan that came to nothing, as the folder says. */
export const divergencesOf = (trials: readonly Trial[], store: Store): Divergence[] =>
  trials.flatMap(({ id, row: model, title, seed }) => {
    const known = store.readDivergence(id);
    return known === undefined ? [] : [{ model, title, seed, ...known }];
  });
