import type * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec, TracedFunction } from "@elbo/jit";

/** How an array is filled; every contestant reads the same numbers. */
export type Filling =
  | { readonly kind: "uniform"; readonly scale: number } // in [-scale, scale)
  | { readonly kind: "binary" } // 0 or 1, smooth blobs: images
  | { readonly kind: "unit" } // in [0, 1)
  | { readonly kind: "normal" }
  | { readonly kind: "ones" }
  | { readonly kind: "copy"; readonly of: string }; // the values of another array

/** An array that a work starts from: a weight, or an input of a step. */
export interface ArraySpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly filling: Filling;
}

/** The parts of a work, which `--works` chooses among. */
export const workGroups = ["mlp", "conv", "photo", "vq", "throughput", "fit"] as const;
export type WorkGroup = (typeof workGroups)[number];

/** Weights by name, of the shapes that the work declares. */
export type Weights = Readonly<Record<string, tf.Variable>>;

/** One function of a work, ready for `jit` or for TF.js as it is. */
export interface WorkFunction {
  readonly fn: TracedFunction;
  readonly feeds: Readonly<Record<string, FeedSpec>>;
  /** Every variable that `fn` reads or assigns. */
  readonly state: readonly tf.Variable[];
}

/** What a work is made into once its weights exist. */
export interface WorkFunctions {
  /** What is timed: a training step with the output `loss`, or an encoding or decoding with the output `values`. */
  readonly step: WorkFunction;
  /** Scalars that a step is fed besides its arrays, by its number from 0 on. */
  readonly scalars?: (index: number) => Record<string, number>;
  /** What is compared after some steps of training: the images decoded from the first batch, as `values`. */
  readonly probe?: WorkFunction;
  /** Variables of its own (optimizer moments) that start from zero. */
  readonly slots: readonly tf.Variable[];
}

/** What all works have. */
interface NamedWork {
  /** `mlp/128`, `conv/encode/256`. */
  readonly name: string;
  readonly group: WorkGroup;
  readonly title: string;
  /** What other implementations know it by. */
  readonly model: "mlp" | "conv" | "photo" | "vq";
  readonly batch: number;
  readonly weights: readonly ArraySpec[];
  /** Arrays of one batch; a step is fed one after the other of {@link batches} of them. */
  readonly inputs: readonly ArraySpec[];
  /** How far results may be apart: relative for losses, absolute for decoded values. */
  readonly tolerance: { readonly loss: number; readonly values: number };
}

/** A step in plain TF.js operations that every TF.js engine runs as it is. */
export interface StepWork extends NamedWork {
  readonly kind: "train" | "encode" | "decode";
  build(weights: Weights): WorkFunctions;
}

/** Training from a data set in memory to the trained model, with each library's own loop: one step is all of it. */
export interface FitWork extends NamedWork {
  readonly kind: "fit";
  readonly inputs: readonly [];
}

/** Something that contestants are timed at. A work never times itself. */
export type Work = StepWork | FitWork;

/** How many different batches a work goes through in turn. */
export const batches = 4;

/** The feeds that `inputs` need. */
export function feedsOf(inputs: readonly ArraySpec[]): Record<string, FeedSpec> {
  return Object.fromEntries(inputs.map(({ name, shape }) => [name, { shape }]));
}
