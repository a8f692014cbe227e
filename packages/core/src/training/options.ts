import {
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertOneOf,
  assertPath,
  describeValue,
} from "../arguments.ts";
import type { ExamplesLike } from "../data/examples.ts";
import type { ComputeOptions } from "../model/definition.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { computeOf } from "../model/methodOptions.ts";
import { adam } from "../optimizers/adam.ts";
import type { Optimizer } from "../optimizers/optimizer.ts";
import type { StepRecord, EpochRecord } from "./history.ts";
import type { ProgressOption } from "./progress.ts";

/** What callbacks are told. */
export interface TrainingContext {
  readonly model: LatentModel;
  /** Updates made so far. */
  readonly step: number;
  /** Updates there will be, unless training stops early. */
  readonly steps: number;
  /** Epochs completed. */
  readonly epoch: number;
  /** Ends training after this step. */
  stop(): void;
}

/** Functions that are called while a model trains; what they return is awaited. */
export interface TrainingCallbacks {
  /** After every step; `record` at those that are logged. */
  onStep?(context: TrainingContext, record: StepRecord | undefined): unknown;
  /** After every epoch and its validation. */
  onEpoch?(context: TrainingContext, record: EpochRecord): unknown;
  /** Once, when training is over and the model holds its final weights. */
  onEnd?(context: TrainingContext): unknown;
}

/** When to stop before the end. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement that are borne; default 5. */
  readonly patience?: number;
  /** What counts as improvement, in nats per example; default 0. */
  readonly minDelta?: number;
  /** Whether the model gets the weights of its best epoch in the end; default true. */
  readonly restoreBest?: boolean;
}

/** Where training can be taken up again. */
export interface CheckpointOptions {
  /** Holds `checkpoint.safetensors`; a run continues from the one it finds there. */
  readonly directory: string;
  /** Default: at the end of every epoch. */
  readonly everySteps?: number;
}

/** Options of {@link train}. */
export interface TrainOptions extends ComputeOptions {
  /** How long: in passes over the training part. One of `epochs` and `steps` is required. */
  readonly epochs?: number;
  /** How long: in updates. */
  readonly steps?: number;
  /** Examples per update; default 128, or all where there are fewer. Those that do not fill a batch wait for another epoch. */
  readonly batchSize?: number;
  /** Default `adam()`. */
  readonly optimizer?: Optimizer;
  /** Seeds split, order, noise and binarization; default the model's seed. */
  readonly seed?: number;
  /** What is held out to validate each epoch: a fraction (default 0.1), 0 for nothing, or examples of one's own. */
  readonly validation?: number | ExamplesLike;
  readonly checkpoint?: CheckpointOptions;
  /** Stops when the validation's negative ELBO (distortion, where there is no rate) does not improve. */
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Upper bound of the global norm of the gradients; default none. */
  readonly clipNorm?: number;
  /** Decay of an average of the weights, in [0, 1); validation and the final model use it. Default none. */
  readonly ema?: number;
  readonly callbacks?: TrainingCallbacks;
  /** Default `"auto"`: one rewritten line on a terminal, else plain lines, on standard error. */
  readonly progress?: ProgressOption;
  /** Ends training after the present step. */
  readonly signal?: AbortSignal;
  /** Steps between two that report their terms; default 10. */
  readonly logEvery?: number;
}

/** {@link TrainOptions} checked, with defaults that do not depend on the data. */
export interface CheckedOptions {
  readonly length: { readonly epochs?: number; readonly steps?: number };
  readonly batchSize: number | undefined;
  readonly optimizer: Optimizer;
  readonly seed: number;
  readonly validation: number | ExamplesLike;
  readonly checkpoint: CheckpointOptions | undefined;
  readonly earlyStopping: Required<EarlyStoppingOptions> | undefined;
  readonly clipNorm: number | undefined;
  readonly ema: number | undefined;
  readonly callbacks: TrainingCallbacks;
  readonly progress: ProgressOption;
  readonly signal: AbortSignal | undefined;
  readonly logEvery: number;
  readonly compute: ComputeOptions;
}

const known = [
  "epochs",
  "steps",
  "batchSize",
  "optimizer",
  "seed",
  "validation",
  "checkpoint",
  "earlyStopping",
  "clipNorm",
  "ema",
  "callbacks",
  "progress",
  "signal",
  "logEvery",
  "engine",
  "device",
  "threads",
];

const fn = "train";

/**
 * Checks the options of a run before any work.
 *
 * @throws TypeError or RangeError naming the option, the rule and the value
 */
export function checkTrainOptions(model: LatentModel, options: TrainOptions): CheckedOptions {
  assertKnownOptions(fn, options, known);
  const { epochs, steps, batchSize, optimizer = adam(), seed = model.seed } = options;
  const { validation = 0.1, checkpoint, earlyStopping, clipNorm, ema, logEvery = 10 } = options;
  if ((epochs === undefined) === (steps === undefined)) {
    throw new TypeError(
      `${fn}: one of epochs and steps must be given, got ${epochs === undefined ? "neither" : "both"}`,
    );
  }
  if (epochs !== undefined) assertInteger({ fn, name: "epochs" }, epochs, { min: 1 });
  if (steps !== undefined) assertInteger({ fn, name: "steps" }, steps, { min: 1 });
  if (batchSize !== undefined) assertInteger({ fn, name: "batchSize" }, batchSize, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  assertInteger({ fn, name: "logEvery" }, logEvery, { min: 1 });
  if (typeof validation === "number") {
    assertNumber({ fn, name: "validation" }, validation, { min: 0, below: 1 });
  }
  if (clipNorm !== undefined) assertNumber({ fn, name: "clipNorm" }, clipNorm, { above: 0 });
  if (ema !== undefined) assertNumber({ fn, name: "ema" }, ema, { min: 0, below: 1 });
  if (typeof optimizer.update !== "function") {
    throw new TypeError(
      `${fn}: optimizer must be one that adam(), adamW() or sgd() made, got ${describeValue(optimizer)}`,
    );
  }
  checkCheckpoint(checkpoint);
  return {
    length: {
      ...(epochs === undefined ? {} : { epochs }),
      ...(steps === undefined ? {} : { steps }),
    },
    batchSize,
    optimizer,
    seed,
    validation,
    checkpoint,
    earlyStopping: earlyStopping && checkEarlyStopping(earlyStopping, validation),
    clipNorm,
    ema,
    callbacks: options.callbacks ?? {},
    progress: checkProgress(options.progress ?? "auto"),
    signal: options.signal,
    logEvery,
    compute: computeOf({ ...model.compute, ...options }),
  };
}

function checkCheckpoint(checkpoint: CheckpointOptions | undefined): void {
  if (checkpoint === undefined) return;
  assertKnownOptions("train: checkpoint", checkpoint, ["directory", "everySteps"]);
  const { directory, everySteps } = checkpoint;
  assertPath({ fn, name: "checkpoint.directory" }, directory);
  if (everySteps !== undefined) {
    assertInteger({ fn, name: "checkpoint.everySteps" }, everySteps, { min: 1 });
  }
}

function checkEarlyStopping(
  options: EarlyStoppingOptions,
  validation: number | ExamplesLike,
): Required<EarlyStoppingOptions> {
  assertKnownOptions("train: earlyStopping", options, ["patience", "minDelta", "restoreBest"]);
  const { patience = 5, minDelta = 0, restoreBest = true } = options;
  assertInteger({ fn, name: "earlyStopping.patience" }, patience, { min: 0 });
  assertNumber({ fn, name: "earlyStopping.minDelta" }, minDelta, { min: 0 });
  if (validation === 0) {
    throw new RangeError(`${fn}: validation must be above 0 for earlyStopping, got 0`);
  }
  return { patience, minDelta, restoreBest };
}

function checkProgress(progress: ProgressOption): ProgressOption {
  if (typeof progress === "string") {
    assertOneOf({ fn, name: "progress" }, progress, ["auto", "lines", "silent"]);
  } else if (typeof progress?.write !== "function") {
    throw new TypeError(
      `${fn}: progress must be "auto", "lines", "silent" or an object with write(text), got ${describeValue(progress)}`,
    );
  }
  return progress;
}
