import type * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { JsonObject } from "../json.ts";
import type { Optimizer } from "./optimizer.ts";
import type { Random } from "../random/random.ts";
import type { Columns, ColumnSpecs } from "./columns.ts";
import type { ComputeOptions } from "./compute.ts";
import type { StepContext } from "./context.ts";
import type { NoiseSpecs } from "./noise.ts";
import type { NamedVariables, Schedules } from "./part.ts";
import type { Rows } from "./rows.ts";
import type { Terms } from "./terms.ts";

/**
 * One loss over the pass and the variables that it moves; a step has one or several.
 *
 * All gradients are taken at the values from before the step, then all updates are made. No variable belongs to two phases.
 */
export interface Phase<P = unknown> {
  readonly name: string;
  /** Which variables it moves, by name; the first phase without it takes what no other phase names. */
  readonly trains?: (name: string) => boolean;
  /** Default: the optimizer given to `train`. */
  readonly optimizer?: Optimizer;
  /** Weights of its terms, default 1 each. */
  readonly weights?: Schedules;
  /** Its terms, in nats; the loss is the mean over examples of their weighted sum. */
  terms(pass: P, context: StepContext): Terms;
}

/** A start that depends on the data (k-means for a codebook), before step 0. */
export interface Initialization {
  /** How many training examples are looked at; fewer when there are fewer. */
  readonly examples: number;
  /** What is gathered of each, traced, `[B, ...]`. */
  gather(batch: Columns, context: StepContext): Readonly<Record<string, tf.Tensor>>;
  /** Assigns to variables and state. */
  from(gathered: Readonly<Record<string, NdArray>>, random: Random): void;
}

/**
 * All that the trainer knows: latent models, priors over codes, flows, classifiers are trainables.
 *
 * `pass` and everything that takes a `tf.Tensor` is traced: it reads no values and draws nothing. A step traces the pass
 * once for every phase (common subexpressions merge), updates, and then calls `afterStep`. What layers assign during a pass
 * (moving averages of batch normalization) is put back before each later pass and counts once.
 */
export interface Trainable<P = unknown> {
  readonly kind: string;
  /** What a checkpoint is compared by, besides the kind, columns and phases. */
  readonly identity?: JsonObject;
  readonly columns: ColumnSpecs;
  /** Trained by gradient. */
  readonly variables: NamedVariables;
  /** Moved otherwise: batch statistics, EMA codebooks. */
  readonly state?: NamedVariables;
  readonly noise?: NoiseSpecs;
  readonly schedules?: Schedules;
  /** Latents per example in a training step, default 1. */
  readonly draws?: number;
  readonly phases: readonly Phase<P>[];
  pass(batch: Columns, context: StepContext): P;
  /** Assigns to `state`, traced, after gradients and updates were computed; the pass is that of before the update. */
  afterStep?(pass: P, context: StepContext): void;
  readonly initialize?: Initialization;
  /** Figures over all held-out examples that are no means of per-example numbers: perplexity and usage of codes. */
  readonly metrics?: {
    /** `[B, ...]` per example, traced; summed over all examples. */
    sums(pass: P): Readonly<Record<string, tf.Tensor>>;
    /** The figures from the sums; plain JavaScript. */
    finish(
      sums: Readonly<Record<string, Float64Array>>,
      examples: number,
    ): Readonly<Record<string, number>>;
  };
  /** Further figures from the means of terms over held-out examples: `{ elbo }`. */
  figures?(means: Readonly<Record<string, number>>): Readonly<Record<string, number>>;
  /** Turns what people hand in into rows of the columns; default: arrays by the names of the columns. */
  rows?(fn: string, data: unknown): Promise<Rows>;
  /** Learns from the training part how rows are prepared (means, scales, categories), before anything is read from them; whatever is learnt already stays. */
  fit?(rows: Rows, indices: Int32Array): void | Promise<void>;
  /** Updates made so far; the trainer moves it. */
  step?: number;
  /** N of the set trained on last; the trainer sets it. */
  dataSize?: number | undefined;
  /** Examples per update of the training before; terms of the batch are evaluated on as many. The trainer sets it. */
  batchSize?: number | undefined;
  /** Default seed of `train`. */
  readonly seed?: number;
  /** How it computes when a call does not say otherwise. */
  readonly compute?: ComputeOptions;
}
