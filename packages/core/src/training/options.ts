import type { BatchPlan } from "../data/batchPlan.ts";
import type { ExamplesLike } from "../data/examples.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Optimizer } from "../step/optimizer.ts";
import type { CheckpointOptions } from "./checkpointFile.ts";
import type { EarlyStoppingOptions } from "./earlyStopping.ts";
import type { EpochRecord, StepRecord } from "./history.ts";
import type { ProgressOption } from "./progress.ts";

/** Where training is, as callbacks are told. */
export interface TrainingStatus {
  /** Updates made so far, those of earlier calls of `train` included. */
  readonly step: number;
  /** Updates there will have been in the end, unless training stops early. */
  readonly steps: number;
  /** Epochs completed. */
  readonly epoch: number;
  /** Ends training after this step. */
  stop(): void;
}

/** Functions that are called while a model trains; what they return is awaited. */
export interface TrainingCallbacks {
  /** After every step; `record` at those that are logged. */
  onStep?(status: TrainingStatus, record: StepRecord | undefined): unknown;
  /** After every epoch and its validation. */
  onEpoch?(status: TrainingStatus, record: EpochRecord): unknown;
  /** Once, when training is over and the model holds its final weights. */
  onEnd?(status: TrainingStatus): unknown;
}

/** Options of {@link train}. */
export interface TrainOptions extends ComputeOptions {
  /** How long: in passes over the training part. One of `epochs` and `steps` is required. */
  readonly epochs?: number;
  /** How long: in updates. */
  readonly steps?: number;
  /** What is held out to validate each epoch: a fraction (default 0.1), 0 to train on everything, or data of one's own. */
  readonly validation?: number | ExamplesLike;
  /** Examples per update; default 128, or all where there are fewer. */
  readonly batchSize?: number;
  /** How batches are cut; default `uniform()`: every example once per epoch, and those that do not fill a batch wait for another. */
  readonly plan?: BatchPlan;
  /** For all phases without one of their own; default `adam()`. Its moments live on in the next call with an equal one. */
  readonly optimizer?: Optimizer;
  /** Seeds split, order, noise and preparation; default the model's seed. */
  readonly seed?: number;
  /** Updates made before the first one, of which schedules, noise and the order of the data are functions; default: the model's own count. 0 begins anew, moments included. */
  readonly startStep?: number;
  /** Which variables may move, by name; the others, and the state whose name it refuses, keep their values to the byte. */
  readonly trains?: (name: string) => boolean;
  /** Parts of each batch whose gradients are added up before the update, for batches that do not fit into memory; default 1. */
  readonly microBatches?: number;
  readonly checkpoint?: CheckpointOptions;
  readonly earlyStopping?: EarlyStoppingOptions;
  /** Upper bound of the global norm of each phase's gradients; default none. */
  readonly clipNorm?: number;
  /** Decay of an average of the weights, in [0, 1); validation and the final model use it. Default none. */
  readonly ema?: number;
  readonly callbacks?: TrainingCallbacks;
  /** Default `"auto"`: one rewritten line on a terminal, else plain lines, on standard error. */
  readonly progress?: ProgressOption;
  /** Ends training after the steps under way: one or two. */
  readonly signal?: AbortSignal;
  /** Steps between two that report their terms; default 10. */
  readonly logEvery?: number;
}
