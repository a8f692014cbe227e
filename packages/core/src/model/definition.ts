import type * as tf from "@tensorflow/tfjs-core";
import type { JsonObject } from "../json.ts";
import type { Latents } from "../latents/latents.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";
import type { Columns } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { Networks } from "../step/part.ts";
import type { Condition } from "./condition.ts";
import type { Objective } from "./objective.ts";
import type { Level, Operations } from "./operations.ts";

/**
 * Everything that makes a latent model; what `createModel` takes.
 *
 * The usual model has one level `z` and networks `encoder` and `decoder`, and needs neither `infer` nor `generate`.
 */
export interface ModelDefinition {
  /** The variant's name, such as `"beta-vae"`; `load` looks it up. */
  readonly kind: string;
  /** The variant's options as JSON: what its factory needs, beside the networks, to make the same model again. */
  readonly options: JsonObject;
  readonly example: ExampleSpec;
  /** By level, in the order of generation; one scheme stands for `{ z: scheme }`. */
  readonly latents: Latents<unknown> | Readonly<Record<string, Latents<unknown>>>;
  readonly networks: Networks;
  /** Default `elbo()`: distortion and the schemes' terms, weights 1. */
  readonly objective?: Objective;
  readonly condition?: Condition;
  /** Batch to levels, with `model.infer`; default: the encoder's features to the one level. */
  readonly infer?: (
    model: Operations,
    batch: Columns,
    context: StepContext,
  ) => Readonly<Record<string, Level>>;
  /* eslint-disable max-params -- what it is made with, of, in, and for */
  /** Latents `[N, ...]` by level to the likelihoods' parameters `[N, ...]` (draws are folded into N); default: the decoder. `batch` is there when an example is explained, for decoders that see earlier parts of it. */
  readonly generate?: (
    model: Operations,
    z: Columns,
    context: StepContext,
    batch: Columns | undefined,
  ) => tf.Tensor;
  /* eslint-enable max-params */
  /** Seeds what core itself initializes, and training unless it is given another; default 0. */
  readonly seed?: number;
  readonly compute?: ComputeOptions;
}
