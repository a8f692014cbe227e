import type { BatchPlan } from "../data/batchPlan.ts";
import type { ExamplesLike } from "../data/examples.ts";
import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable, OptionValues } from "@elbo/common";
import { adam } from "../optimizers/adam.ts";
import { assertAlive } from "../runner/assertUsable.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import type { Optimizer } from "../step/optimizer.ts";
import type { Trainable } from "../step/trainable.ts";
import { checkpointTable } from "./checkpointFile.ts";
import { earlyStoppingTable } from "./earlyStopping.ts";
import type { TrainingCallbacks, TrainOptions } from "./options.ts";
import { progressRule } from "./progress.ts";

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
    rule: rules.either<number, ExamplesLike>(
      rules.number({ min: 0, below: 1 }),
      rules.such<ExamplesLike>("a data set of one's own", isObject),
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
    doc: "ends training after the steps under way",
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
 * Checks what is trained and the options of a run before any work.
 *
 * @throws TypeError or RangeError naming the option, the rule and the value
 */
export function checkTrainOptions(trainable: Trainable, given: object): CheckedOptions {
  if (!isObject(trainable)) {
    throw new TypeError(
      `train: what is trained must be a model, a classifier or a prior, got ${describeValue(trainable)}`,
    );
  }
  assertAlive("train", trainable);
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
