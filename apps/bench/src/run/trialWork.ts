import type { Trial } from "../plan/trial.ts";
import type { Diverged, SeedResult } from "../results/schema.ts";
import type { BenchData } from "../data/benchData.ts";
import type { TrialState } from "./progress.ts";
import type { Store } from "./store.ts";

/** One trial to carry out: what to do, and whom to tell. */
export interface TrialWork {
  readonly trial: Trial;
  readonly data: BenchData;
  readonly store: Store;
  /** Epochs after which it pauses, to be gone on with or given up; absent: to the end. */
  readonly pauseAfter?: number;
  /** Aborted to stop after the step in progress. */
  readonly signal: AbortSignal;
  /** Told while training goes on. */
  readonly moved: (state: TrialState) => void;
  /** Told what else is done. */
  readonly busy: (work: string) => void;
}

/** How a trial ended. */
export type TrialOutcome =
  | { readonly kind: "finished"; readonly result: SeedResult }
  /** `score`: nats per image on the held-out part of the training images, lower is better. */
  | { readonly kind: "paused"; readonly score: number }
  | { readonly kind: "stopped" }
  | ({ readonly kind: "diverged" } & Diverged);

/** Carries out a trial, or a part of it. */
export type TrainTrial = (work: TrialWork) => Promise<TrialOutcome>;
