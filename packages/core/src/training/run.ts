import { jit } from "@elbo/jit";
import type { CompiledFunction, EngineReport, NdArray } from "@elbo/jit";
import { yieldToEventLoop } from "#platform";
import type { LatentModel } from "../model/latentModel.ts";
import { Random } from "../random/random.ts";
import { assertSameRun, writeCheckpoint } from "./checkpoint.ts";
import type { Checkpoint, StopReason } from "./checkpoint.ts";
import { EarlyStopping } from "./earlyStopping.ts";
import { HistoryLog } from "./history.ts";
import type { EpochRecord, History, StepRecord } from "./history.ts";
import { runIdentity } from "./identity.ts";
import { initializeScheme } from "./initializeScheme.ts";
import type { CheckedOptions, TrainingContext } from "./options.ts";
import { Progress } from "./progress.ts";
import type { ProgressState } from "./progress.ts";
import { RunVariables } from "./runVariables.ts";
import { StepFeeds } from "./stepFeeds.ts";
import { stepProgram } from "./stepProgram.ts";
import type { TrainingData } from "./trainingData.ts";
import { validate, validationFigures, watched } from "./validation.ts";

/** What `train` gives. */
export interface TrainingResult {
  readonly history: History;
  /** Updates made, those before a resume included. */
  readonly steps: number;
  /** `"finished"`, or why training ended before: early stopping, a callback, the signal, or a value that is not finite. */
  readonly stopped: StopReason;
  /** What computed; absent when a resumed run had nothing left to do. */
  readonly report?: EngineReport;
  /** Training examples per second, without compilation (the first steps), validation and checkpoints; absent for short runs. */
  readonly imagesPerSecond?: number;
  /** For `"diverged"`: which step and term, and what the model holds now. */
  readonly message?: string;
}

/** Milliseconds of work after which timers and input get their turn. */
const yieldEvery = 50;
/** Steps at the start that are not timed: they trace, compile and choose the number of threads. */
const untimedSteps = 20;

/** A run in progress: variables besides the model's, buffers, counters. */
export class Run {
  private readonly model: LatentModel;
  private readonly options: CheckedOptions;
  private readonly data: TrainingData;
  private readonly random: Random;
  private readonly feeds: StepFeeds;
  private readonly total: number;
  private readonly progress: Progress;
  private readonly early: EarlyStopping | undefined;
  private readonly variables: RunVariables;
  private history = new HistoryLog();
  private step = 0;
  private startStep = 0;
  private compiled: CompiledFunction | undefined;
  private stopped: StopReason | undefined;
  private message: string | undefined;
  private savedStep = -1;
  private resumedEngine: Checkpoint["metadata"]["engine"] | undefined;
  private cachedIdentity: ReturnType<typeof runIdentity> | undefined;
  private readonly timed = { steps: 0, ms: 0 };
  private best: Record<string, NdArray> = {};
  /** Weights that were finite, and the step they are of. */
  private good: { step: number; values: Record<string, NdArray> } = { step: 0, values: {} };

  constructor(model: LatentModel, options: CheckedOptions, data: TrainingData) {
    this.model = model;
    this.options = options;
    this.data = data;
    this.random = new Random(options.seed).fork("train");
    this.variables = new RunVariables(model, options);
    this.feeds = new StepFeeds(this.variables.parts, data, this.random);
    const { epochs, steps } = options.length;
    this.total = steps ?? (epochs ?? 0) * this.feeds.perEpoch;
    this.progress = new Progress(options.progress);
    this.early = options.earlyStopping && new EarlyStopping(options.earlyStopping);
  }

  /** Starts from the model as it is. */
  async begin(): Promise<void> {
    await this.model.programs.pull();
    await initializeScheme(this.model, {
      examples: this.data.examples,
      indices: this.data.training,
      random: this.random.fork("initialize"),
      compute: this.options.compute,
    });
    await this.keepGood();
  }

  /** Starts from a checkpoint, after checking that it is one of this run. */
  async resume({ metadata, values, history }: Checkpoint): Promise<void> {
    const { directory } = this.options.checkpoint as { directory: string };
    assertSameRun(directory, metadata.identity, this.identity());
    const { engine = "auto", device = "cpu", threads = "auto" } = this.options.compute;
    const given = {
      engine: engine === "auto" ? metadata.engine.engine : engine,
      device: engine === "auto" ? metadata.engine.device : device,
      threads: threads === "auto" ? metadata.engine.threads : threads,
    };
    assertSameRun(directory, metadata.engine, given);
    await this.variables.writeAll(directory, values);
    this.best = withoutPrefix("best/", values);
    this.history = history;
    this.step = metadata.step;
    this.startStep = metadata.step;
    if (this.early && metadata.earlyStopping) this.early.state = metadata.earlyStopping;
    if (metadata.stopped) this.stopped = "early";
    this.resumedEngine = metadata.engine;
    await this.keepGood();
  }

  /** Trains until a reason to stop, then gives the model its final weights. */
  async toTheEnd(): Promise<TrainingResult> {
    const compute = { ...this.options.compute, ...this.resumedEngine };
    const program = stepProgram(this.variables.parts);
    this.compiled = jit((feeds) => program.run(feeds), {
      feeds: program.feeds,
      state: program.state,
      ...compute,
      ...this.progress.messages,
    });
    this.model.programs.attach(this.compiled);
    try {
      if (this.stopped === undefined) await this.steps(this.compiled);
    } catch (error) {
      // Whoever threw (a callback, a full disk) finds the model as it was trained so far.
      await this.compiled.pull();
      throw error;
    }
    await this.finish(this.compiled);
    const stopped = this.stopped ?? "finished";
    const { report } = this.compiled;
    await this.options.callbacks.onEnd?.(this.context());
    if (this.message !== undefined) this.progress.note(this.message);
    return {
      history: { steps: this.history.steps, epochs: this.history.epochs },
      steps: this.step,
      stopped,
      ...(report === undefined ? {} : { report }),
      ...(this.timed.steps === 0 ? {} : { imagesPerSecond: this.imagesPerSecond() }),
      ...(this.message === undefined ? {} : { message: this.message }),
    };
  }

  private async steps(compiled: CompiledFunction): Promise<void> {
    const { callbacks, logEvery, signal } = this.options;
    let yielded = performance.now();
    while (this.step < this.total && this.stopped === undefined) {
      if (signal?.aborted === true) {
        this.stopped = "aborted";
        break;
      }
      const { epoch, isLast } = this.feeds.position(this.step);
      const isLogged = this.step % logEvery === 0 || isLast;
      const started = performance.now();
      const feeds = this.feeds.fill(this.step);
      const outputs = await compiled(feeds, isLogged ? {} : { outputs: [] });
      const record = isLogged ? this.record(epoch, outputs) : undefined;
      this.step++;
      if (this.step - this.startStep > untimedSteps) {
        this.timed.steps++;
        this.timed.ms += performance.now() - started;
      }
      if (record !== undefined && !this.isFinite(record)) break;
      if (callbacks.onStep !== undefined) await callbacks.onStep(this.context(), record);
      if (isLast) await this.endEpoch(compiled, epoch);
      await this.saveIfDue(compiled, isLast);
      this.progress.step(() => this.progressState(this.figures()));
      if (performance.now() - yielded > yieldEvery) {
        await yieldToEventLoop();
        yielded = performance.now();
      }
    }
    const wanted =
      this.stopped === "aborted" || this.stopped === "stopped" || this.stopped === undefined;
    if (wanted && this.options.checkpoint !== undefined && this.savedStep !== this.step) {
      await compiled.pull();
      await this.save(compiled);
    }
  }

  private record(epoch: number, outputs: Readonly<Record<string, NdArray>>): StepRecord {
    const { loss, ...terms } = Object.fromEntries(
      Object.entries(outputs).map(([name, { data }]) => [name, data[0]]),
    );
    const record = { step: this.step, epoch, loss, terms };
    this.history.steps.push(record);
    return record;
  }

  /** Whether a record is finite; if not, ends the run. */
  private isFinite({ step, loss, terms }: StepRecord): boolean {
    const bad = Object.entries({ ...terms, loss }).find(([, value]) => !Number.isFinite(value));
    if (bad === undefined) return true;
    this.diverge(`${bad[0]} must be finite at every step, got ${bad[1]} at step ${step}`);
    return false;
  }

  private diverge(what: string): void {
    this.stopped = "diverged";
    this.message = `train: ${what}; the model holds the weights of step ${this.good.step}`;
  }

  private async endEpoch(compiled: CompiledFunction, epoch: number): Promise<void> {
    const { callbacks } = this.options;
    await compiled.pull();
    const held = this.data.validation;
    const validation =
      held &&
      (await this.variables.withAverages(() =>
        validate(this.model, held, {
          random: this.random.fork("validation"),
          step: this.step,
          compute: { ...this.options.compute, ...this.resumedEngine },
        }),
      ));
    const record: EpochRecord = {
      epoch,
      step: this.step,
      training: this.history.epochMeans(epoch),
      ...(validation === undefined ? {} : { validation }),
    };
    this.history.epochs.push(record);
    if (!(await this.keepGood())) {
      this.diverge(`weights must be finite after every epoch, got others after epoch ${epoch + 1}`);
      return;
    }
    if (this.early && validation !== undefined) {
      const { improved, stop } = this.early.epoch(epoch, watched(validation));
      if (improved && this.early.restoresBest) {
        this.best = await this.variables.withAverages(() => this.variables.readModel());
      }
      if (stop) this.stopped = "early";
    }
    this.progress.epoch(
      this.progressState({ ...record.training, ...validationFigures(validation) }),
    );
    if (callbacks.onEpoch !== undefined) await callbacks.onEpoch(this.context(), record);
  }

  /** Keeps a copy of the weights if they are finite. */
  private async keepGood(): Promise<boolean> {
    const values = await this.variables.readModel();
    if (Object.values(values).some(({ data }) => !allFinite(data))) return false;
    this.good = { step: this.step, values };
    return true;
  }

  private async saveIfDue(compiled: CompiledFunction, isEpochEnd: boolean): Promise<void> {
    const { checkpoint } = this.options;
    if (checkpoint === undefined || this.stopped === "diverged") return;
    const { everySteps } = checkpoint;
    const isDue =
      (everySteps === undefined ? isEpochEnd : this.step % everySteps === 0) ||
      this.stopped === "early";
    if (!isDue) return;
    await compiled.pull();
    if (await this.keepGood()) await this.save(compiled);
    else
      this.diverge(`weights must be finite at every checkpoint, got others at step ${this.step}`);
  }

  private async save(compiled: CompiledFunction): Promise<void> {
    const { directory } = this.options.checkpoint as { directory: string };
    const { engine, device, threads } = compiled.report ??
      this.resumedEngine ?? { engine: "eager", device: "cpu", threads: 1 };
    const variables = await this.variables.readAll();
    const best = Object.entries(this.best).map(([name, value]) => [`best/${name}`, value] as const);
    await writeCheckpoint(directory, {
      metadata: {
        step: this.step,
        identity: this.identity(),
        engine: { engine, device, threads },
        earlyStopping: this.early?.state ?? null,
        stopped: this.stopped === "early",
      },
      values: { ...variables, ...Object.fromEntries(best) },
      history: this.history,
    });
    this.savedStep = this.step;
  }

  /** Gives the model its final weights: the best, the averages, the last good ones, or the last. */
  private async finish(compiled: CompiledFunction): Promise<void> {
    const { programs } = this.model;
    await compiled.pull();
    programs.detach(compiled);
    compiled.dispose();
    const hasBest = Object.keys(this.best).length > 0;
    if (this.stopped === "diverged") await this.variables.writeModel(this.good.values);
    else if (this.stopped === "aborted") return;
    else if (hasBest) await this.variables.writeModel(this.best);
    else await this.variables.takeAverages();
  }

  private identity(): ReturnType<typeof runIdentity> {
    const { examples, validationGiven, batchSize } = this.data;
    this.cachedIdentity ??= runIdentity(this.model, this.options, {
      examples,
      validation: validationGiven,
      batchSize,
    });
    return this.cachedIdentity;
  }

  private context(): TrainingContext {
    return {
      model: this.model,
      step: this.step,
      steps: this.total,
      epoch: Math.floor(this.step / this.feeds.perEpoch),
      stop: () => {
        this.stopped ??= "stopped";
      },
    };
  }

  private imagesPerSecond(): number {
    return (this.timed.steps * this.data.batchSize * 1000) / this.timed.ms;
  }

  private figures(): Record<string, number> {
    const last = this.history.steps.at(-1);
    return last === undefined ? {} : { loss: last.loss, ...last.terms };
  }

  private progressState(figures: Record<string, number>): ProgressState {
    const made = this.step - this.startStep;
    return {
      step: this.step,
      steps: this.total,
      epoch: Math.floor((this.step - 1) / this.feeds.perEpoch),
      epochs: Math.ceil(this.total / this.feeds.perEpoch),
      examples: made * this.data.batchSize,
      made,
      figures,
    };
  }

  /** Frees what the run made; the model stays. */
  dispose(): void {
    if (this.compiled !== undefined) {
      this.model.programs.detach(this.compiled);
      this.compiled.dispose();
    }
    this.variables.dispose();
  }
}

const allFinite = (data: NdArray["data"]): boolean => {
  for (const value of data) if (!Number.isFinite(value)) return false;
  return true;
};

const withoutPrefix = (
  prefix: string,
  values: Readonly<Record<string, NdArray>>,
): Record<string, NdArray> =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, value]) => [name.slice(prefix.length), value]),
  );
