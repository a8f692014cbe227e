import * as tf from "@tensorflow/tfjs-core";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import type { JsonObject } from "../json.ts";
import { givenColumns } from "../priors/givenColumns.ts";
import type {
  CodePass,
  CodePrior,
  GivenSpecs,
  PriorSampleOptions,
  Stepwise,
} from "../priors/prior.ts";
import { sampleCodes } from "../priors/sampleCodes.ts";
import type { SampleGiven } from "../priors/sampleCodes.ts";
import { WeightHolder } from "../saving/weightHolder.ts";
import { sizeOf } from "../shape.ts";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { NamedVariables } from "../step/part.ts";
import type { Rows } from "../step/rows.ts";
import type { Phase } from "../step/trainable.ts";
import { codeRows, readOwnCodes, recordOf } from "./codeRows.ts";

/** What makes a prior over codes; what {@link createCodePrior} takes. */
export interface CodePriorDefinition {
  /** Its name, such as `"pixelcnn"`; `loadModel` looks it up. */
  readonly kind: string;
  /** What its factory needs to make it again. */
  readonly options: JsonObject;
  /** `[h, w]`, `[h, w, depth]`, or whatever `encode` gives per example. */
  readonly positions: readonly number[];
  /** K, or the size of each codebook along the last axis of the positions. */
  readonly codebookSize: number | readonly number[];
  readonly given?: GivenSpecs;
  readonly variables: NamedVariables;
  /** `[B, T, K]` of codes `[B, T]`; position t may see codes before t only. */
  logits(codes: tf.Tensor, context: StepContext, given: Columns): tf.Tensor;
  readonly stepwise?: Stepwise;
  /** Default seed of `train`. */
  readonly seed?: number;
  readonly compute?: ComputeOptions;
}

/** Added to the logits of codes that a smaller codebook does not have: their probability is 0 in float32. */
const impossible = -1e9;

/**
 * A prior over codes that is trained by `train`, draws, is saved and loaded. Made by {@link createCodePrior}.
 *
 * Its one term is `codes = -log p(codes)`, nats per example.
 */
export class LearnedCodePrior extends WeightHolder implements CodePrior {
  readonly kind: string;
  readonly options: JsonObject;
  readonly positions: readonly number[];
  readonly codebookSize: number;
  readonly codebookSizes: readonly number[];
  readonly given: GivenSpecs;
  readonly variables: NamedVariables;
  readonly columns: ColumnSpecs;
  readonly stepwise?: Stepwise;
  readonly seed: number;
  readonly networks = {};
  readonly phases: readonly Phase<CodePass>[];
  step = 0;
  dataSize?: number | undefined;
  batchSize?: number | undefined;
  compute: ComputeOptions;
  private readonly definition: CodePriorDefinition;

  /** Use {@link createCodePrior}. */
  constructor(definition: CodePriorDefinition) {
    super();
    quietTensorflow();
    const { kind, options, positions, codebookSize, given = {}, variables } = definition;
    this.definition = definition;
    this.kind = kind;
    this.options = options;
    this.positions = positions;
    this.codebookSizes = typeof codebookSize === "number" ? [codebookSize] : codebookSize;
    this.codebookSize = Math.max(...this.codebookSizes);
    this.given = given;
    this.variables = variables;
    this.columns = { codes: { shape: positions, dtype: "int32" }, ...givenColumns(given) };
    this.seed = definition.seed ?? 0;
    this.compute = definition.compute ?? {};
    this.phases = [{ name: "prior", terms: (pass) => ({ codes: negativeLogProb(pass) }) }];
    if (definition.stepwise !== undefined) this.stepwise = definition.stepwise;
  }

  get identity(): JsonObject {
    return { options: this.options };
  }

  /** Number of values that gradients train. */
  get parameterCount(): number {
    return Object.values(this.variables).reduce((sum, { size }) => sum + size, 0);
  }

  logits(codes: tf.Tensor, context: StepContext, given: Columns = {}): tf.Tensor {
    const logits = this.definition.logits(codes, context, given);
    const { codebookSize: K, codebookSizes, positions } = this;
    if (codebookSizes.every((size) => size === K)) return logits;
    const length = sizeOf(positions);
    const mask = new Float32Array(length * K);
    for (let t = 0; t < length; t++) {
      mask.fill(impossible, t * K + codebookSizes[t % codebookSizes.length], (t + 1) * K);
    }
    return tf.add(logits, tf.tensor2d(mask, [length, K]));
  }

  pass({ codes: grid, ...given }: Columns, context: StepContext): CodePass {
    const codes = tf.reshape(grid, [grid.shape[0], sizeOf(this.positions)]); // [B, T]
    return { codes, logits: this.logits(codes, context, given) };
  }

  /** Codes as `encode` gives them, with `labels` for a prior of several classes, or a record `{ codes, labels, <level> }`. */
  async rows(fn: string, data: unknown): Promise<Rows> {
    const { codes, ...beside } = recordOf(fn, data);
    const own = await readOwnCodes({ fn, name: "codes" }, this, codes);
    return codeRows(fn, this, { codes: { codes: own }, beside });
  }

  sample(
    count: number,
    options: PriorSampleOptions & SampleGiven = {},
  ): Promise<NdArray<Int32Array>> {
    return sampleCodes(this, count, options);
  }

  override dispose(): void {
    this.stepwise?.dispose?.();
    super.dispose();
  }
}

/**
 * A prior over codes of what its networks say: the rest (training, drawing, saving) is the same for all.
 *
 * @param definition see {@link CodePriorDefinition}
 */
export const createCodePrior = (definition: CodePriorDefinition): LearnedCodePrior =>
  new LearnedCodePrior(definition);

/** `-sum_t log softmax(logits_t)[code_t]`, `[B]`, nats. */
function negativeLogProb({ codes, logits }: CodePass): tf.Tensor {
  const K = logits.shape[2] as number;
  const chosen = tf.mul(tf.oneHot(tf.cast(codes, "int32"), K), tf.logSoftmax(logits));
  return tf.neg(tf.sum(chosen, [1, 2]));
}
