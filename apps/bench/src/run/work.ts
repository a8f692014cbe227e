import { missingMeasures } from "./measureTrial.ts";
import { createProgress } from "./progress.ts";
import type { Halving } from "../configuration/protocol.ts";
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
  private readonly diverged = new Map<string, Divergence>();
  private readonly givenUp: GivenUp[] = [];

  constructor(context: WorkContext) {
    this.context = context;
    this.progress = createProgress(context.writer);
  }

  /** Undefined when it was stopped before all was done. */
  async work(trials: readonly Trial[]): Promise<Gathered | undefined> {
    let left: readonly Planned[] = trials.map((trial, i) => ({
      number: i + 1,
      total: trials.length,
      title: trial.title,
      seed: trial.seed,
      trial,
    }));
    for (const { epochs, factor } of rungsOf(trials)) {
      const kept = await this.rung(left, { epochs, factor });
      if (kept === undefined) return undefined;
      left = kept;
    }
    const results: SeedResult[] = [];
    for (const unit of left) {
      const stored = this.context.store.readResult(unit.trial.id);
      if (stored !== undefined && missingMeasures(unit.trial.measures, stored).length === 0) {
        this.progress.unitKept(unit);
        results.push({ ...stored, model: unit.trial.row });
        continue;
      }
      if (this.diverged.has(unit.trial.id)) continue;
      const outcome = await this.trainOne(unit);
      if (outcome === undefined || outcome.kind === "stopped") return undefined;
      if (outcome.kind === "finished") results.push(outcome.result);
    }
    return { results, diverged: [...this.diverged.values()], givenUp: this.givenUp };
  }

  /** Trains all settings up to a rung and keeps the best of every entry of the configuration. */
  private async rung(
    units: readonly Planned[],
    { epochs, factor }: Halving,
  ): Promise<readonly Planned[] | undefined> {
    const scores = new Map<string, number[]>();
    for (const unit of units) {
      const score = await this.scoreAt(unit, epochs);
      if (score === undefined) return undefined;
      scores.set(unit.trial.row, [...(scores.get(unit.trial.row) ?? []), score]);
    }
    const lost = losersOf(units, scores, factor);
    for (const [row, score] of lost) {
      const title = units.find(({ trial }) => trial.row === row)?.title ?? row;
      this.givenUp.push({ model: row, title, epochs, score });
      this.context.writer.line(`Given up after ${epochs} epochs: ${title}.`);
    }
    return units.filter(({ trial }) => !lost.has(trial.row));
  }

  private async scoreAt(unit: Planned, epochs: number): Promise<number | undefined> {
    const { store } = this.context;
    const file = `rung-${epochs}.json`;
    const stored = store.readTrialFile(unit.trial.id, file);
    if (stored !== undefined) {
      const { score } = JSON.parse(new TextDecoder().decode(stored)) as { score: number | null };
      return score ?? Infinity;
    }
    if (this.diverged.has(unit.trial.id)) return Infinity;
    const outcome = await this.trainOne(unit, epochs);
    if (outcome === undefined || outcome.kind === "stopped") return undefined;
    if (outcome.kind !== "paused") return Infinity;
    const score = Number.isFinite(outcome.score) ? outcome.score : Infinity;
    const bytes = new TextEncoder().encode(JSON.stringify({ score }));
    await store.writeTrialFile(unit.trial.id, file, bytes);
    return score;
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
      const { row, title, seed } = trial;
      this.diverged.set(trial.id, { model: row, title, seed, message: outcome.message });
    }
    return outcome;
  }
}

/** The epochs after which settings are compared: `epochs`, then `factor` times as many, as long as they are not the last. */
function rungsOf([first]: readonly Trial[]): Halving[] {
  if (first?.halving === undefined) return [];
  const { epochs, factor } = first.halving;
  const rungs: Halving[] = [];
  for (let at = epochs; at < first.protocol.epochs; at *= factor)
    rungs.push({ epochs: at, factor });
  return rungs;
}

/** The rows that do not go on, with their mean scores: of every entry all but the best `ceil(n / factor)`. */
function losersOf(
  units: readonly Planned[],
  scores: ReadonlyMap<string, readonly number[]>,
  factor: number,
): Map<string, number> {
  const byEntry = new Map<string, Map<string, number>>();
  for (const { trial } of units) {
    const all = scores.get(trial.row) ?? [];
    const mean = all.reduce((sum, score) => sum + score, 0) / all.length;
    const rows = byEntry.get(trial.entry) ?? new Map<string, number>();
    byEntry.set(trial.entry, rows.set(trial.row, mean));
  }
  return new Map(
    [...byEntry.values()].flatMap((rows) =>
      [...rows].sort(([, a], [, b]) => a - b).slice(Math.ceil(rows.size / factor)),
    ),
  );
}
