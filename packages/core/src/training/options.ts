import type { BatchPlan } from "../data/batchPlan.ts";
import { readOptions, rules } from "../options.ts";
import type { OptionTable, OptionValues } from "../options.ts";
import { adam } from "../optimizers/adam.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import type { Optimizer } from "../step/optimizer.ts";
import type { Trainable } from "../step/trainable.ts";
import { checkpointTable } from "./checkpointFile.ts";
import type { CheckpointOptions } from "./checkpointFile.ts";
import { earlyStoppingTable } from "./earlyStopping.ts";
import type { EarlyStoppingOptions } from "./earlyStopping.ts";
import type { EpochRecord, StepRecord } from "./history.ts";
import { progressRule } from "./progress.ts";
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

/** Options of {@link train}. `Data` is what the data may be given as. */
export interface TrainOptions<Data = unknown> extends ComputeOptions {
  /** How long: in passes over the training part. One of `epochs` and `steps` is required. */
  readonly epochs?: number;
  /** How long: in updates. */
  readonly steps?: number;
  /** What is held out to validate each epoch: a fraction (default 0.1), 0 to train on everything, or data of one's own. */
  readonly validation?: number | Data;
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
  /** Ends training after the present step. */
  readonly signal?: AbortSignal;
  /** Steps between two that report their terms; default 10. */
  readonly logEvery?: number;
}

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;
const isFunction = (value: unknown): boolean => typeof value === "function";
const hasMethod = (value: unknown, name: string): boolean =>
  isObject(value) && isFunction((value as Record<string, unknown>)[name]);

/** The options of {@link train} as a table. */
export const trainTable = {
  epochs: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    doc: "passes over the training part",
  },
  steps: { rule: rules.integer({ min: 1 }), default: undefined, doc: "updates, instead of epochs" },
  validation: {
    rule: rules.either<number, unknown>(
      rules.number({ min: 0, below: 1 }),
      rules.such("a data set of one's own", isObject),
    ),
    default: 0.1,
    doc: "fraction held out to validate each epoch, 0 to train on everything, or a data set of its own",
  },
  batchSize: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "128",
    doc: "examples per update",
  },
  plan: {
    rule: rules.such<BatchPlan>("a plan that uniform(), balanced() or mixed() made", (plan) =>
      hasMethod(plan, "order"),
    ),
    default: undefined,
    shown: "uniform()",
    doc: "how batches are cut",
  },
  optimizer: {
    rule: rules.such<Optimizer>(
      "one that adam(), adamW() or sgd() made, or has their methods",
      (optimizer) => hasMethod(optimizer, "update"),
    ),
    default: undefined,
    shown: "adam()",
    doc: "how gradients become updates",
  },
  seed: {
    rule: rules.integer(),
    default: undefined,
    shown: "the model's",
    doc: "seeds split, order, noise and preparation",
  },
  startStep: {
    rule: rules.integer({ min: 0 }),
    default: undefined,
    shown: "the model's step",
    doc: "where schedules and the order of the data begin; 0 begins anew",
  },
  trains: {
    rule: rules.such<(name: string) => boolean>("a function of names of variables", isFunction),
    default: undefined,
    shown: "everything",
    doc: "which variables may move, by name",
  },
  microBatches: {
    rule: rules.integer({ min: 1 }),
    default: 1,
    doc: "parts of a batch whose gradients are added up",
  },
  checkpoint: {
    rule: rules.options(checkpointTable),
    default: undefined,
    doc: "where a run can be taken up again",
  },
  earlyStopping: {
    rule: rules.options(earlyStoppingTable),
    default: undefined,
    doc: "when to stop before the end",
  },
  clipNorm: {
    rule: rules.number({ above: 0 }),
    default: undefined,
    doc: "upper bound of the norm of gradients",
  },
  ema: {
    rule: rules.number({ min: 0, below: 1 }),
    default: undefined,
    doc: "decay of an average of the weights",
  },
  callbacks: {
    rule: rules.such<TrainingCallbacks>("an object of functions", isObject),
    default: {},
    shown: "none",
    doc: "functions called while the model trains",
  },
  progress: { rule: progressRule, default: "auto", doc: "where progress is shown" },
  signal: {
    rule: rules.such<AbortSignal>(
      "an AbortSignal",
      (signal) => isObject(signal) && "aborted" in (signal as object),
    ),
    default: undefined,
    doc: "ends training after the present step",
  },
  logEvery: {
    rule: rules.integer({ min: 1 }),
    default: 10,
    doc: "steps between two that report their terms",
  },
  ...computeOptions,
} satisfies OptionTable<TrainOptions>;

/** {@link TrainOptions} checked, with the defaults that do not depend on the data. */
export interface CheckedOptions extends Omit<
  OptionValues<typeof trainTable>,
  "optimizer" | "seed"
> {
  readonly optimizer: Optimizer;
  readonly seed: number;
  readonly compute: ComputeOptions;
}

/**
 * Checks the options of a run before any work.
 *
 * @throws TypeError or RangeError naming the option, the rule and the value
 */
export function checkTrainOptions(trainable: Trainable, given: object): CheckedOptions {
  const options = readOptions("train", trainTable, given);
  const { epochs, steps, validation, earlyStopping } = options;
  if ((epochs === undefined) === (steps === undefined)) {
    throw new TypeError(
      `train: one of epochs and steps must be given, got ${epochs === undefined ? "neither" : "both"}`,
    );
  }
  if (validation === 0 && earlyStopping !== undefined) {
    throw new RangeError("train: validation must be above 0 for earlyStopping, got 0");
  }
  return {
    ...options,
    optimizer: options.optimizer ?? adam(),
    seed: options.seed ?? trainable.seed ?? 0,
    compute: computeOf(trainable.compute, options),
  };
}
