import { yieldToEventLoop } from "#platform";
import type { EngineReport } from "@elbo/jit";
import { Checkpointing, reportOf } from "./checkpointing.ts";
import { CompiledStep } from "./compiledStep.ts";
import { dropContinuation, keepContinuation } from "./continuation.ts";
import { placeOf } from "./epochs.ts";
import type { History, StepRecord } from "./history.ts";
import type { TrainingStatus } from "./options.ts";
import { Pace } from "./pace.ts";
import { Progress } from "./progress.ts";
import type { ProgressState } from "./progress.ts";
import { endEpoch } from "./runEpoch.ts";
import { announce, compareEngines, shownOf } from "./runNotes.ts";
import type { RunSetup } from "./runSetup.ts";
import type { RunState, StopReason } from "./runState.ts";
import { StepsUnderway } from "./underway.ts";

/** What `train` gives. */
export interface TrainingResult {
  readonly history: History;
  /** Updates of the model so far, those before a resume and of earlier calls included. */
  readonly step: number;
  /** `"finished"`, or why training ended before: early stopping, a callback, the signal, or a value that is not finite. */
  readonly stopped: StopReason;
  /** What computed; of a resumed run that had nothing left to do, what computed it before. */
  readonly report?: EngineReport;
  /** Training examples per second, without compilation (the first steps), validation and checkpoints; absent for short runs. */
  readonly examplesPerSecond?: number;
  /** For `"diverged"`: which step and term, and what the model holds now. */
  readonly message?: string;
}

/** Milliseconds of work after which timers and input get their turn. */
const yieldEvery = 50;

/** The steps of a run, from where its state is to its end. */
export class Run {
  private readonly setup: RunSetup;
  private readonly state: RunState;
  private readonly progress: Progress;
  private readonly pace = new Pace();
  private readonly checkpoints: Checkpointing;
  private readonly compiled: CompiledStep;
  private readonly underway: StepsUnderway;

  constructor(setup: RunSetup, state: RunState) {
    const { options, parts, compute } = setup;
    this.setup = setup;
    this.state = state;
    this.progress = new Progress(options.progress);
    this.checkpoints = new Checkpointing(setup, state);
    this.compiled = new CompiledStep(parts, { ...compute, ...this.progress.messages });
    this.underway = new StepsUnderway(setup, state, this.compiled);
  }

  /** Trains until a reason to stop, then gives the trainable its final weights. */
  async toTheEnd(): Promise<TrainingResult> {
    const { state, progress, compiled } = this;
    const { options, data, parts, weights } = this.setup;
    const trained = parts.phases.flatMap(({ variables }) => [...variables.values()]);
    const values = trained.reduce((sum, { size }) => sum + size, 0);
    announce({ data, state, trained: values }, progress);
    try {
      if (state.stopped === undefined) await this.steps();
    } catch (error) {
      // Whoever threw (a callback, a full disk) finds the model as it was trained so far, and the next call goes on from there. Where a step
      // itself failed (an index in the data out of range), the one behind it may have been made: it is not counted.
      state.step += await this.underway.end();
      this.setup.trainable.step = state.step;
      await compiled.pull();
      await keepContinuation(parts, weights, state);
      throw error;
    }
    await this.finish();
    const report = compiled.report ?? reportOf(state.resumed);
    const { history, step, stopped = "finished", message } = state;
    await options.callbacks.onEnd?.(this.status());
    if (message !== undefined) progress.note(message);
    const examplesPerSecond = this.pace.examplesPerSecond(data.batchSize);
    return {
      history: { steps: history.steps, epochs: history.epochs },
      step,
      stopped,
      ...(report === undefined ? {} : { report }),
      ...(examplesPerSecond === undefined ? {} : { examplesPerSecond }),
      ...(message === undefined ? {} : { message }),
    };
  }

  private async steps(): Promise<void> {
    const { state, compiled, checkpoints, underway } = this;
    const { callbacks, signal } = this.setup.options;
    let yielded = performance.now();
    while (state.step < state.end) {
      const isStopping = state.stopped !== undefined || signal?.aborted === true;
      if (!isStopping) await underway.handOver((step) => this.isSeen(step));
      if (underway.count === 0) {
        state.stopped ??= "aborted";
        break;
      }
      const { isLast, epoch } = placeOf(state.step, state.origin);
      const record = await this.step();
      if (record !== undefined && !this.isFinite(record)) break;
      if (callbacks.onStep !== undefined) await callbacks.onStep(this.status(), record);
      if (isLast) await this.endEpoch(epoch);
      if (checkpoints.isDue(state.step, isLast)) await this.save();
      this.progress.step(() => this.progressState(this.figures()));
      if (performance.now() - yielded > yieldEvery) {
        await yieldToEventLoop();
        yielded = performance.now();
      }
    }
    await underway.end();
    if (checkpoints.isOpen()) {
      await compiled.pull();
      await checkpoints.save(compiled.report);
    }
  }

  /** Whether the variables must be seen as a step left them, by a callback, validation, a checkpoint or the comparison of engines. */
  private isSeen(step: number): boolean {
    const { callbacks } = this.setup.options;
    const { isLast } = placeOf(step, this.state.origin);
    return (
      callbacks.onStep !== undefined ||
      isLast ||
      this.pace.steps === 0 ||
      this.checkpoints.isDue(step + 1, isLast)
    );
  }

  /** Waits for the step that is next; a record if it is logged. */
  private async step(): Promise<StepRecord | undefined> {
    const { state, compiled } = this;
    const { step, place, means, ms } = await this.underway.first();
    this.pace.step(ms);
    state.step = this.setup.trainable.step = step + 1;
    if (this.pace.steps === 1) compareEngines(state.resumed, compiled.report, this.progress);
    const { loss, ...terms } = means;
    if (loss === undefined) return undefined;
    const record = { step, epoch: place.epoch, loss, terms };
    state.history.steps.push(record);
    return record;
  }

  /** Whether a record is finite; if not, ends the run. */
  private isFinite({ step, loss, terms }: StepRecord): boolean {
    const bad = Object.entries({ ...terms, loss }).find(([, value]) => !Number.isFinite(value));
    if (bad === undefined) return true;
    const [name, value] = bad;
    this.state.diverge(`${name} must be finite at every step, got ${value} at step ${step}`);
    return false;
  }

  private async endEpoch(epoch: number): Promise<void> {
    const { setup, state, compiled, progress } = this;
    await compiled.pullSeen();
    const record = await endEpoch(setup, state, epoch);
    if (state.stopped === "diverged") return;
    progress.epoch(this.progressState({ ...record.training, ...shownOf(record) }));
    await setup.options.callbacks.onEpoch?.(this.status(), record);
  }

  private async save(): Promise<void> {
    const { state, compiled, checkpoints } = this;
    await compiled.pull();
    if (await state.keepGood()) await checkpoints.save(compiled.report);
    else {
      state.diverge(`weights must be finite at every checkpoint, got others at step ${state.step}`);
    }
  }

  /** Gives the trainable its final weights: the best, the averages, the last good ones, or the last. */
  private async finish(): Promise<void> {
    const { state, compiled } = this;
    const { trainable, parts, weights } = this.setup;
    await compiled.pull();
    if (state.stopped === "diverged") dropContinuation(trainable);
    else await keepContinuation(parts, weights, state);
    compiled.dispose();
    if (state.stopped === "diverged") {
      await weights.writeModel(state.good.values);
      trainable.step = state.good.step;
    } else if (state.stopped === "aborted") return;
    else if (Object.keys(state.best).length > 0) await weights.writeModel(state.best);
    else await weights.takeAverages();
  }

  private status(): TrainingStatus {
    const { state } = this;
    return {
      step: state.step,
      steps: state.end,
      epoch: placeOf(state.step, state.origin).epoch,
      stop: () => {
        state.stopped ??= "stopped";
      },
    };
  }

  private figures(): Record<string, number> {
    const last = this.state.history.steps.at(-1);
    return last === undefined ? {} : { loss: last.loss, ...last.terms };
  }

  private progressState(figures: Readonly<Record<string, number>>): ProgressState {
    const { step, end, origin } = this.state;
    const made = this.pace.steps;
    return {
      step,
      steps: end,
      epoch: placeOf(step - 1, origin).epoch,
      epochs: placeOf(end - 1, origin).epoch + 1,
      examples: made * this.setup.data.batchSize,
      made,
      figures,
    };
  }

  /** Frees the programs; the trainable stays. */
  dispose(): void {
    this.compiled.dispose();
  }
}
