import type * as tf from "@tensorflow/tfjs";
import { jit } from "@elbo/jit";
import type { CompiledFunction, EngineReport, NdArray } from "@elbo/jit";
import { yieldToEventLoop } from "#platform";
import { BatchPlan } from "../data/batches.ts";
import type { Examples, ExamplesLike } from "../data/examples.ts";
import { fillBatchInto } from "../data/fillBatch.ts";
import { sizeOf } from "../data/ndArray.ts";
import { fillStepNoiseInto, noiseBuffers } from "../data/noise.ts";
import { splitExamples } from "../data/split.ts";
import { exampleTerms } from "../model/exampleTerms.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { noiseFeed } from "../model/programs.ts";
import type { FeedBuffers } from "../model/rows.ts";
import { assignValues, readVariables } from "../model/variables.ts";
import type { NamedVariable } from "../model/variables.ts";
import { ema } from "../optimizers/ema.ts";
import { Random } from "../random/random.ts";
import { assertSameRun, readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import type { Checkpoint, StopReason } from "./checkpoint.ts";
import { EarlyStopping } from "./earlyStopping.ts";
import { HistoryLog } from "./history.ts";
import type { EpochRecord, History, StepRecord } from "./history.ts";
import { runIdentity } from "./identity.ts";
import { initializeScheme } from "./initializeScheme.ts";
import { checkTrainOptions } from "./options.ts";
import type { CheckedOptions, TrainOptions, TrainingContext } from "./options.ts";
import { Progress } from "./progress.ts";
import type { ProgressState } from "./progress.ts";
import { stepProgram, stepScalars } from "./stepProgram.ts";
import type { StepParts } from "./stepProgram.ts";

/** What {@link train} gives. */
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

/**
 * Trains a model: one compiled step per batch, validation after each epoch, checkpoints that a killed run resumes from.
 *
 * The result depends on the model, the data and the options alone: the same seed gives the same bytes, and a run that was
 * killed and resumed equals the run that was not.
 *
 * @param model changed in place
 * @param examples images `[n, height, width, channels]`, with labels for models of labelled data
 * @throws TypeError or RangeError for bad arguments, Error for a checkpoint of another run; nothing was changed then
 */
export function train(
  model: LatentModel,
  examples: ExamplesLike,
  options: TrainOptions,
): Promise<TrainingResult> {
  return new Trainer(model, options).run(examples);
}

/** One run of training; {@link train} makes and runs one. */
export class Trainer {
  private readonly model: LatentModel;
  private readonly options: CheckedOptions;

  /** @throws TypeError or RangeError naming the option, the rule and the value */
  constructor(model: LatentModel, options: TrainOptions) {
    this.model = model;
    this.options = checkTrainOptions(model, options);
  }

  /** Trains on the examples; see {@link train}. */
  async run(examples: ExamplesLike): Promise<TrainingResult> {
    const data = await prepareData(this.model, this.options, examples);
    const { checkpoint } = this.options;
    const saved = checkpoint && (await readCheckpoint(checkpoint.directory));
    const run = new Run(this.model, this.options, data);
    try {
      if (saved === undefined) await run.begin();
      else await run.resume(saved);
      return await run.toTheEnd();
    } finally {
      run.dispose();
    }
  }
}

interface TrainingData {
  readonly examples: Examples;
  readonly training: Int32Array;
  readonly validation: { readonly examples: Examples; readonly indices: Int32Array } | undefined;
  readonly validationGiven: Examples | number;
  readonly batchSize: number;
}

async function prepareData(
  model: LatentModel,
  { validation, seed, batchSize }: CheckedOptions,
  input: ExamplesLike,
): Promise<TrainingData> {
  const fn = "train";
  const examples = await labelled(model, input);
  const count = examples.shape[0];
  const random = new Random(seed).fork("split");
  const fraction = typeof validation === "number" ? validation : 0;
  const split = splitExamples(count, { fraction, random });
  const available = split.training.length;
  if (batchSize !== undefined && batchSize > available) {
    throw new RangeError(
      `${fn}: batchSize must be at most the number of training examples (${available}), got ${batchSize}`,
    );
  }
  const common = {
    examples,
    training: split.training,
    batchSize: batchSize ?? Math.min(128, available),
  };
  if (typeof validation === "number") {
    const held = { examples, indices: split.validation };
    return {
      ...common,
      validationGiven: validation,
      validation: split.validation.length === 0 ? undefined : held,
    };
  }
  const own = await labelled(model, validation);
  const indices = Int32Array.from({ length: own.shape[0] }, (_, i) => i);
  return { ...common, validationGiven: own, validation: { examples: own, indices } };
}

/** Examples checked against the model, with int32 labels where it needs them and none where it does not. */
async function labelled(model: LatentModel, input: ExamplesLike): Promise<Examples> {
  const { data, shape, labels } = await model.examplesFor("train", input);
  const checked = model.labelsFor("train", labels, shape[0]);
  return { data, shape, ...(checked === undefined ? {} : { labels: checked }) };
}

/** A run in progress: variables besides the model's, buffers, counters. */
class Run {
  private readonly model: LatentModel;
  private readonly options: CheckedOptions;
  private readonly data: TrainingData;
  private readonly random: Random;
  private readonly plan: BatchPlan;
  private readonly total: number;
  private readonly progress: Progress;
  private readonly early: EarlyStopping | undefined;
  private readonly parts: StepParts;
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
    this.plan = new BatchPlan({
      indices: data.training,
      batchSize: data.batchSize,
      random: this.random,
    });
    const { epochs, steps } = options.length;
    this.total = steps ?? (epochs ?? 0) * this.plan.batches;
    this.progress = new Progress(options.progress);
    this.early = options.earlyStopping && new EarlyStopping(options.earlyStopping);
    const trained = model.trained.map(({ variable }) => variable);
    const rule = options.ema === undefined ? undefined : ema({ decay: options.ema });
    this.parts = {
      model,
      optimizer: options.optimizer,
      slots: options.optimizer.slots(trained),
      clipNorm: options.clipNorm,
      average: rule && { rule, slots: rule.slots(trained) },
    };
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
    const variables = this.allVariables();
    for (const { name, variable } of variables) {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined || value.data.length !== variable.size) {
        throw new Error(
          `train: the checkpoint in ${directory} must hold ${variable.size} values of ${name}, got ${value?.data.length ?? "none"}`,
        );
      }
    }
    for (const { name, variable } of variables) assignValues(variable, values[name].data);
    await this.model.programs.push();
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
    const program = stepProgram(this.parts);
    this.compiled = jit((feeds) => program.run(feeds), {
      feeds: program.feeds,
      state: program.state,
      ...compute,
      onMessage: (message) => {
        this.progress.note(message);
      },
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
    const feeds = this.feedBuffers();
    const { callbacks, logEvery, signal } = this.options;
    let yielded = performance.now();
    while (this.step < this.total && this.stopped === undefined) {
      if (signal?.aborted === true) {
        this.stopped = "aborted";
        break;
      }
      const { epoch, isLast } = this.position();
      const isLogged = this.step % logEvery === 0 || isLast;
      const started = performance.now();
      this.fill(feeds);
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

  /** Buffers that every step fills anew. */
  private feedBuffers(): FeedBuffers {
    const { batchSize } = this.data;
    const { scheme, image, condition } = this.model;
    const feeds: FeedBuffers = { x: new Float32Array(batchSize * sizeOf(image)) };
    for (const [name, buffer] of Object.entries(noiseBuffers(scheme.noise, batchSize))) {
      feeds[noiseFeed(name)] = buffer;
    }
    if (condition !== undefined) feeds["y"] = new Int32Array(batchSize);
    return feeds;
  }

  private fill(feeds: FeedBuffers): void {
    const { examples } = this.data;
    const { scheme, likelihood } = this.model;
    const { epoch, batch } = this.position();
    const indices = this.plan.indices(epoch, batch);
    fillBatchInto(feeds["x"] as Float32Array, examples, {
      indices,
      preparation: likelihood.preparation,
      random: this.random.fork("binarize", this.step),
    });
    const noise = Object.fromEntries(
      Object.keys(scheme.noise).map((name) => [name, feeds[noiseFeed(name)] as Float32Array]),
    );
    fillStepNoiseInto(noise, scheme.noise, this.random.fork("noise", this.step));
    const y = feeds["y"];
    if (y instanceof Int32Array && examples.labels !== undefined) {
      for (let i = 0; i < indices.length; i++) y[i] = examples.labels[indices[i]];
    }
    Object.assign(feeds, stepScalars(this.parts, this.step));
  }

  private position(): { epoch: number; batch: number; isLast: boolean } {
    const { batches } = this.plan;
    const batch = this.step % batches;
    return { epoch: Math.floor(this.step / batches), batch, isLast: batch === batches - 1 };
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
    const validation = await this.validate();
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
        this.best = await this.withAverages(() => readVariables(this.modelVariables()));
      }
      if (stop) this.stopped = "early";
    }
    this.progress.epoch(
      this.progressState({ ...record.training, ...validationFigures(validation) }),
    );
    if (callbacks.onEpoch !== undefined) await callbacks.onEpoch(this.context(), record);
  }

  /** Means of all terms over the held-out examples, with the same noise at every epoch. */
  private async validate(): Promise<Record<string, number> | undefined> {
    const held = this.data.validation;
    if (held === undefined) return undefined;
    const terms = await this.withAverages(() =>
      exampleTerms(this.model, held.examples, {
        indices: held.indices,
        random: this.random.fork("validation"),
        step: this.step,
        compute: { ...this.options.compute, ...this.resumedEngine },
      }),
    );
    const means = Object.fromEntries(
      Object.entries(terms).map(([name, values]) => [
        name,
        values.reduce((sum, value) => sum + value, 0) / values.length,
      ]),
    );
    const { rate } = this.model.scheme;
    if (rate === undefined) return means;
    return { elbo: -(means["distortion"] + means[rate]), ...means };
  }

  /** Runs something while the model holds the averages of its weights, if there are any. */
  private async withAverages<T>(task: () => Promise<T>): Promise<T> {
    const { average } = this.parts;
    if (average === undefined) return task();
    const raw = await readVariables(this.model.trained);
    await this.takeAverages(average.slots);
    try {
      return await task();
    } finally {
      for (const { name, variable } of this.model.trained) assignValues(variable, raw[name].data);
      await this.push();
    }
  }

  private async takeAverages(slots: readonly tf.Variable[]): Promise<void> {
    for (const [i, { variable }] of this.model.trained.entries()) {
      // Copied: variables that share their data cannot be told apart by a compiled function.
      assignValues(variable, await slots[i].data<"float32">());
    }
    await this.push();
  }

  private async push(): Promise<void> {
    await this.model.programs.push();
  }

  /** Keeps a copy of the weights if they are finite. */
  private async keepGood(): Promise<boolean> {
    const values = await readVariables(this.modelVariables());
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
    const variables = await readVariables(this.allVariables());
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
    const { average } = this.parts;
    const { programs } = this.model;
    await compiled.pull();
    programs.detach(compiled);
    compiled.dispose();
    const hasBest = Object.keys(this.best).length > 0;
    if (this.stopped === "diverged") this.write(this.good.values);
    else if (this.stopped === "aborted") return;
    else if (hasBest) this.write(this.best);
    else if (average !== undefined) await this.takeAverages(average.slots);
    await programs.push();
  }

  private write(values: Readonly<Record<string, NdArray>>): void {
    for (const { name, variable } of this.modelVariables())
      assignValues(variable, values[name].data);
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

  /** The model's variables, named by position. */
  private modelVariables(): NamedVariable[] {
    return this.model.allVariables.map((variable, i) => ({ name: `model/${i}`, variable }));
  }

  private allVariables(): NamedVariable[] {
    const slots = this.parts.slots.map((variable, i) => ({ name: `slot/${i}`, variable }));
    const averages = this.parts.average?.slots ?? [];
    return [
      ...this.modelVariables(),
      ...slots,
      ...averages.map((variable, i) => ({ name: `average/${i}`, variable })),
    ];
  }

  private context(): TrainingContext {
    return {
      model: this.model,
      step: this.step,
      steps: this.total,
      epoch: Math.floor(this.step / this.plan.batches),
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
      epoch: Math.floor((this.step - 1) / this.plan.batches),
      epochs: Math.ceil(this.total / this.plan.batches),
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
    for (const slot of [...this.parts.slots, ...(this.parts.average?.slots ?? [])]) slot.dispose();
  }
}

const allFinite = (data: NdArray["data"]): boolean => {
  for (const value of data) if (!Number.isFinite(value)) return false;
  return true;
};

/** The figure that early stopping watches: the negative ELBO, or the distortion where there is no rate. */
const watched = (validation: Readonly<Record<string, number>>): number =>
  Object.hasOwn(validation, "elbo") ? -validation["elbo"] : validation["distortion"];

const validationFigures = (
  validation: Readonly<Record<string, number>> | undefined,
): Record<string, number> => {
  if (validation === undefined) return {};
  const name = Object.hasOwn(validation, "elbo") ? "elbo" : "distortion";
  return { [`validation ${name}`]: validation[name] };
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
