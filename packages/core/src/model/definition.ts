import type { EngineName } from "@elbo/jit";
import type * as tfl from "@tensorflow/tfjs-layers";
import type { Likelihood } from "../distributions/likelihood.ts";
import type { JsonObject } from "../json.ts";
import type { Schedule } from "../objective/schedule.ts";
import type { ConditionOptions } from "./condition.ts";
import type { LatentModel } from "./latentModel.ts";
import type { LatentScheme } from "./latentScheme.ts";

/** Where and how a model computes; see `@elbo/jit`. */
export interface ComputeOptions {
  /** Default `"auto"`: native, or wasm where the library does not load. */
  readonly engine?: "auto" | EngineName;
  /** Default `"cpu"`. */
  readonly device?: "cpu" | "webgpu";
  /** Default `"auto"`. */
  readonly threads?: number | "auto";
}

/**
 * Everything that makes a model; what {@link createModel} takes.
 *
 * Shapes per example: the encoder maps `[h, w, c]` (or flat `[h*w*c]`) to the scheme's `featureShape`; the decoder maps
 * `latentShape` to `[h, w, c * likelihood.parametersPerChannel]`, or to the same number of values flat. With a condition
 * of size E both inputs are larger: a rank-3 input `[h, w, c]` becomes `[h, w, c + E]` (constant maps), a flat input of n
 * values becomes n + E. The ranks of the networks' inputs say which is meant.
 */
export interface ModelDefinition<P = unknown> {
  /** The variant's name, such as `"beta-vae"`; `loadModel` checks it. */
  readonly kind: string;
  /** The variant's options as JSON: what its factory needs, beside the networks, to make the same model again. */
  readonly options: JsonObject;
  /** `[height, width, channels]`. */
  readonly image: readonly number[];
  readonly scheme: LatentScheme<P>;
  readonly encoder: tfl.LayersModel;
  readonly decoder: tfl.LayersModel;
  readonly likelihood: Likelihood;
  /** Weights of the objective by term (`distortion` too); terms that are not named have weight 1. */
  readonly weights?: Readonly<Record<string, number | Schedule>>;
  readonly condition?: ConditionOptions;
  /** Seeds what core itself initializes (the embedding); default 0. */
  readonly seed?: number;
  readonly compute?: ComputeOptions;
}

/** A variant as `loadModel` needs it. */
export interface ModelKind<P = unknown> {
  readonly kind: string;
  /**
   * Makes the model of the options that were saved, with the networks that were saved; their weights come afterwards.
   *
   * `options` come from a file: what makes no sense must be refused in a sentence.
   */
  build(
    options: JsonObject,
    networks: { readonly encoder: tfl.LayersModel; readonly decoder: tfl.LayersModel },
  ): LatentModel<P>;
}
