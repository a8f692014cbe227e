import { divergencesOf } from "./outcomes.ts";
import { halve, readScore, writeScore } from "./halving.ts";
import { missingMeasures } from "./measureTrial.ts";
import { createProgress } from "./progress.ts";
import type { Trial } from "../plan/trial.ts";
import type { Divergence, GivenUp, SeedResult } from "../results/schema.ts";
import type { Writer } from "../writer.ts";
import type { BenchData } from "../data/benchData.ts";
import type { Progress, Unit } from "./progress.ts";
import type { Store } from "./store.ts";
import type { TrainTrial, TrialOutcome } from "./trialWork.ts";

/** What trials are worked on with. */
export interface WorkContext {
  readonly writer: Writer;
  /** Aborted to stop after the step in progress. */
  readonly signal: AbortSignal;
  readonly data: BenchData;
  readonly store: Store;
  readonly trainTrial: TrainTrial;
}

/** What working through a plan gave. */
export interface Gathered {
  readonly results: readonly SeedResult[];
  readonly diverged: readonly Divergence[];
  readonly givenUp: readonly GivenUp[];
}

/** One trial on its way through the plan. */
type Planned = Unit & { readonly trial: Trial };

/** Does the trials of a plan that are not finished, in its order. */
export class Worker {
  private readonly context: WorkContext;
  private readonly progress: Progress;

  constructor(context: WorkContext) {
    this.context = context;
    this.progress = createProgress(context.writer);
  }

  /** Undefined when it was stopped before all was done. */
  async work(trials: readonly Trial[]): Promise<Gathered | undefined> {
    const units = trials.map((trial, i): Planned => ({
      number: i + 1,
      total: trials.length,
      title: trial.title,
      seed: trial.seed,
      trial,
    }));
    const of = (some: readonly Trial[]): Planned[] =>
      units.filter(({ trial }) => some.includes(trial));
    const halved = await halve(trials, this.context, async (left, epochs) => {
      for (const unit of of(left)) if (!(await this.reach(unit, epochs))) return false;
      return true;
    });
    if (halved === undefined) return undefined;
    const results: SeedResult[] = [];
    for (const unit of of(halved.left)) {
      const stored = this.context.store.readResult(unit.trial.id);
      if (stored !== undefined && missingMeasures(unit.trial.measures, stored).length === 0) {
        this.progress.unitKept(unit);
        results.push({ ...stored, model: unit.trial.row });
        continue;
      }
      const diverged = this.context.store.readDivergence(unit.trial.id);
      if (diverged !== undefined) {
        this.progress.unitDiverged(unit, diverged.message);
        continue;
      }
      const outcome = await this.trainOne(unit);
      if (outcome === undefined || outcome.kind === "stopped") return undefined;
      if (outcome.kind === "finished") results.push(outcome.result);
    }
    const diverged = divergencesOf(trials, this.context.store);
    return { results, diverged, givenUp: halved.givenUp };
  }

  /** Trains up to a rung; false when it was stopped before. */
  private async reach(unit: Planned, epochs: number): Promise<boolean> {
    const { store } = this.context;
    const { id } = unit.trial;
    if (readScore(store, id, epochs) !== undefined) return true;
    const outcome = await this.trainOne(unit, epochs);
    if (outcome === undefined || outcome.kind === "stopped") return false;
    if (outcome.kind === "paused") await writeScore(store, id, { epochs, score: outcome.score });
    return true;
  }

  private async trainOne(unit: Planned, pauseAfter?: number): Promise<TrialOutcome | undefined> {
    const { signal, data, store, trainTrial } = this.context;
    if (signal.aborted) return undefined;
    const { trial } = unit;
    this.progress.unitStarted(unit);
    const outcome = await trainTrial({
      trial,
      data,
      store,
      signal,
      ...(pauseAfter === undefined ? {} : { pauseAfter }),
      moved: (state) => {
        this.progress.unitMoved(unit, state);
      },
      busy: (work) => {
        this.progress.unitBusy(unit, work);
      },
    });
    if (outcome.kind === "finished") this.progress.unitFinished(unit, outcome.result);
    if (outcome.kind === "diverged") {
      this.progress.unitDiverged(unit, outcome.message);
      await store.writeDivergence(trial, outcome);
    }
    return outcome;
  }
}
