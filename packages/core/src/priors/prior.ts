import type * as tf from "@tensorflow/tfjs-core";
import type { FeedSpec, FeedValue, NdArray } from "@elbo/jit";
import type { LabelsLike } from "../data/examples.ts";
import type { Columns } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { Trainable } from "../step/trainable.ts";

/** Options of {@link Prior.sample}. */
export interface PriorSampleOptions extends ComputeOptions {
  /** Default 0. */
  readonly seed?: number;
  /** Divides the logits (codes) or scales the deviation (vectors); default 1. */
  readonly temperature?: number;
  /** Draws among so many of the most likely codes only; default all. Codes only. */
  readonly topK?: number;
  /** One class for all, for a prior with classes. */
  readonly label?: number;
  /** One class for each. */
  readonly labels?: LabelsLike;
}

/** Codes by level, for models of several. */
export type CodesByLevel = Readonly<Record<string, NdArray>>;

/** Codes without an input: what `model.sample(n, { prior })` takes. Learned ones are trainables too. */
export interface Prior<Codes = NdArray> {
  readonly kind: string;
  /** Codes as `encode` gives them, `[count, ...]`, or by level. */
  sample(count: number, options?: PriorSampleOptions): Promise<Codes>;
}

/** A prior of whatever codes. */
export type AnyPrior = Prior<NdArray | CodesByLevel>;

/** Codes and what was predicted for them. */
export interface CodePass {
  /** int32 `[B, T]` */
  readonly codes: tf.Tensor;
  /** `[B, T, K]` */
  readonly logits: tf.Tensor;
}

/** Integers that a prior is told besides the codes: a class, the codes of earlier levels. */
export interface GivenSpec {
  /** Per example; `[]` for one number. */
  readonly shape: readonly number[];
  /** They lie in `[0, limit)`. */
  readonly limit: number;
}

/** What a prior is told, by name: `label` for classes. */
export type GivenSpecs = Readonly<Record<string, GivenSpec>>;

/** A prior over integer codes that draws one after the other. */
export interface CodePrior extends Trainable<CodePass>, Prior {
  /** Shape of the codes of one example, such as `[7, 7]` or `[7, 7, depth]`; T positions in row-major order. */
  readonly positions: readonly number[];
  /** K, the size of the largest codebook. */
  readonly codebookSize: number;
  /** Where the last axis of the positions is one of several codebooks: the size of each. */
  readonly codebookSizes?: readonly number[];
  readonly given?: GivenSpecs;
  /** `[B, T, K]` of codes `[B, T]`; position t may see codes before t only. `given` holds columns by name, int32. */
  logits(codes: tf.Tensor, context: StepContext, given?: Columns): tf.Tensor;
  /** How it goes from position to position without computing anything twice; default: `logits` of all of them, anew for each. */
  readonly stepwise?: Stepwise;
  sample(count: number, options?: PriorSampleOptions): Promise<NdArray>;
}

/** A program of {@link Stepwise}: a pure function of its feeds, the prior's variables, and caches. */
export interface StepProgram {
  readonly feeds: Readonly<Record<string, FeedSpec>>;
  /** Variables that it keeps between the calls of one walk. */
  readonly caches?: readonly tf.Variable[];
  run(feeds: Columns): Record<string, tf.Tensor>;
}

/** Runs a program by its name. */
export type CallProgram = (
  program: string,
  feeds: Readonly<Record<string, FeedValue>>,
) => Promise<Readonly<Record<string, NdArray>>>;

/** One way through the positions, for several examples at once. */
export interface Walk {
  /**
   * Logits `[rows, K]` of a position. Positions come in order, each once; codes `[rows, T]` before it are final, the others
   * mean nothing.
   */
  logits(position: number, codes: Int32Array): Promise<Float32Array>;
}

/** Where a walk starts. */
export interface WalkStart {
  readonly rows: number;
  /** `[rows, ...shape]` each. */
  readonly given: Readonly<Record<string, Int32Array>>;
  readonly call: CallProgram;
}

/** How a prior goes from position to position. */
export interface Stepwise {
  /** The program of a name, for so many rows. */
  program(name: string, rows: number): StepProgram;
  walk(start: WalkStart): Walk;
  /** Frees caches. */
  dispose?(): void;
}
