import { readScore } from "../run/halving.ts";
import { missingMeasures } from "../run/measureTrial.ts";
import type { Trial } from "../plan/trial.ts";
import type { Store } from "../run/store.ts";

/**
 * Whether nothing is left to do of a trial, or nothing up to where it pauses.
 *
 * @param pauseAfter epochs of a rung; undefined: to the end
 */
export function isDone({ id, measures }: Trial, store: Store, pauseAfter?: number): boolean {
  if (pauseAfter !== undefined && readScore(store, id, pauseAfter) !== undefined) return true;
  if (store.readDivergence(id) !== undefined) return true;
  const result = store.readResult(id);
  return result !== undefined && missingMeasures(measures, result).length === 0;
}
