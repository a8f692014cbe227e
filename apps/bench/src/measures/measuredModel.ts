import { LatentModel } from "@elbo/core";
import type {
  AnyPrior,
  Examples,
  ExampleScores,
  LabelsLike,
  Latents,
  NdArray,
  PosteriorOf,
} from "@elbo/core";

/** What measures look at of a level of latents. */
export interface MeasuredLevel extends Pick<
  Latents<unknown>,
  "kind" | "options" | "latent" | "codeSpec" | "priorIsLearned"
> {
  /** Present where it can be drawn from. */
  readonly prior?: unknown;
  /** Present where draws have densities. */
  readonly logRatio?: unknown;
}

/**
 * What measures and pictures need of a model: everything that encodes, decodes and samples. A `LatentModel` is one, and so is a pair of
 * networks from elsewhere. What only a {@link LatentModel} can do asks for that by {@link isTrainedHere}.
 */
export interface MeasuredModel {
  readonly levels: Readonly<Record<string, MeasuredLevel>>;
  /** What it is told beside an example; undefined: nothing. */
  readonly condition: { readonly accepts: readonly string[] } | undefined;
  encode(x: Examples): Promise<NdArray>;
  /** Parameters by name, and `draws` `[n, k, ...]` where k is above 0. */
  posterior(
    x: Examples,
    options?: { readonly draws?: number; readonly seed?: number },
  ): Promise<PosteriorOf<NdArray>>;
  decode(code: NdArray): Promise<NdArray<Float32Array>>;
  reconstruct(x: Examples): Promise<NdArray<Float32Array>>;
  sample(
    count: number,
    options: {
      readonly seed: number;
      readonly prior?: AnyPrior;
      readonly label?: number;
      readonly labels?: LabelsLike;
    },
  ): Promise<NdArray<Float32Array>>;
  interpolate(
    a: Examples,
    b: Examples,
    options: { readonly steps: number },
  ): Promise<NdArray<Float32Array>>;
  traverse(
    x: Examples,
    options: { readonly dimensions: readonly number[]; readonly values: readonly number[] },
  ): Promise<NdArray<Float32Array>>;
  score(
    x: Examples,
    options: { readonly samples: number; readonly seed: number },
  ): Promise<Omit<ExampleScores, "terms">>;
  dispose(): void;
}

/** Whether a model is one of elbo's own, with its networks at hand. */
export const isTrainedHere = (model: MeasuredModel): model is LatentModel =>
  model instanceof LatentModel;

/** Whether a model is one of elbo's own and the codes of all its levels are indices. */
export const hasCodes = ({ model }: { readonly model: MeasuredModel }): boolean =>
  isTrainedHere(model) &&
  Object.values(model.levels).every(({ codeSpec }) => codeSpec?.dtype === "int32");
