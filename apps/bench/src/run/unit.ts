import type { Protocol } from "../configuration/configuration.ts";
import type { ModelCase } from "../models/modelCase.ts";
import type { SeedResult } from "../results/schema.ts";
import type { BenchData } from "./data.ts";
import type { UnitState } from "./progress.ts";
import type { Store } from "./store.ts";

/** One training with one seed: what to do, and whom to tell. */
export interface UnitOrder {
  readonly modelCase: ModelCase;
  readonly protocol: Protocol;
  readonly data: BenchData;
  readonly seed: number;
  readonly store: Store;
  /** Aborted to stop after the step in progress. */
  readonly signal: AbortSignal;
  /** Told while training goes on. */
  readonly moved: (state: UnitState) => void;
  /** Told what else is done. */
  readonly busy: (work: string) => void;
}

/** How a training ended. */
export type UnitOutcome =
  | { readonly kind: "finished"; readonly result: SeedResult }
  | { readonly kind: "stopped" }
  | { readonly kind: "diverged"; readonly message: string };

/** Carries out an order. */
export type TrainUnit = (order: UnitOrder) => Promise<UnitOutcome>;
