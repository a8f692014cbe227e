import type * as tf from "@tensorflow/tfjs-core";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { ExamplesLike } from "../data/examples.ts";
import type { ModelDefinition } from "../model/definition.ts";
import { assemble } from "../model/latentVariableModel.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { fromPytorchLayout } from "../networks/pytorchLayout.ts";
import type { CallOptions } from "../operations/call.ts";
import { decode, reconstruct } from "../operations/decode.ts";
import type { CodesLike, DecodeOptions } from "../operations/decode.ts";
import { encode } from "../operations/encode.ts";
import { impute } from "../operations/impute.ts";
import type { ImputeOptions } from "../operations/impute.ts";
import { loss } from "../operations/loss.ts";
import type { LossOptions, LossReport } from "../operations/loss.ts";
import { interpolate, traverse } from "../operations/paths.ts";
import type { InterpolateOptions, TraverseOptions } from "../operations/paths.ts";
import { posterior } from "../operations/posterior.ts";
import type { PosteriorOptions } from "../operations/posterior.ts";
import { runNetwork } from "../operations/runNetwork.ts";
import { sample } from "../operations/sample.ts";
import type { SampleOptions } from "../operations/sample.ts";
import { score } from "../operations/score.ts";
import type { ExampleScores, ScoreOptions } from "../operations/score.ts";
import type { AnyPrior } from "../priors/prior.ts";
import { exportOnnx } from "../saving/exportOnnx.ts";
import { isSavable } from "../saving/modelKind.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { WeightHolder } from "../saving/weightHolder.ts";
import type { ComputeOptions } from "../step/compute.ts";

/** Options of {@link LatentModel.writeWeights}. */
export interface WriteWeightsOptions {
  /** Order of the axes of kernels; default `"tfjs"`. */
  readonly layout?: "tfjs" | "pytorch";
}

const writeWeightsOptions = {
  layout: { rule: rules.oneOf(["tfjs", "pytorch"]), default: "tfjs" },
} satisfies OptionTable<WriteWeightsOptions>;

/** Scores, with those that `Figure` names for certain. */
export type ScoresOf<Figure extends string> = ExampleScores &
  Required<Pick<ExampleScores, Extract<Figure, "elbo" | "rate">>>;

/** What a posterior is of: parameters and draws by name, or with several levels a record of these by level. */
export type PosteriorOf<Code> = Code extends NdArray
  ? Readonly<Record<string, NdArray>>
  : { readonly [Level in keyof Code]: Readonly<Record<string, NdArray>> };

export interface LatentModel<
  Code = NdArray,
  Figure extends string = never,
  Shown = NdArray<Float32Array>,
> extends Omit<LatentVariableModel, "isDisposed"> {
  /** For types only: the figures that an evaluation has for certain. A method, so that who knows more of them is still a model. */
  evaluates?(figure: Figure): void;
  /** For types only: what `encode` and `decode` give. */
  readonly encodes?: Code;
  readonly decodes?: Shown;
}

/**
 * Networks, latents and likelihoods, put together: what every variant is, and what users hold.
 *
 * Takes and returns typed arrays with a shape (a `tf.Tensor` is accepted); everything that computes is asynchronous and runs
 * on `@elbo/jit`. Made by {@link createModel}, usually inside a variant's factory. The methods that compute are functions of
 * `operations/` and `saving/`, which say what their options mean.
 *
 * `Code` is what `encode` gives: an array, or with several levels a record by level. `Figure` names the figures that an
 * evaluation has for certain. `Shown` is what `decode` and `sample` give: an array, or with several columns a record by column.
 */
// eslint-disable-next-line @typescript-eslint/no-unsafe-declaration-merging -- as above
export class LatentModel<
  Code = NdArray,
  Figure extends string = never,
  Shown = NdArray<Float32Array>,
> extends WeightHolder {
  /**
   * Draws the codes of `sample` when a call names no other prior; saved and loaded with the model where it is one that can be
   * saved, such as a prior over codes. The model then owns it: `dispose()` frees it too.
   */
  prior?: AnyPrior | undefined;

  /** Use {@link createModel}. */
  constructor(definition: ModelDefinition) {
    super();
    quietTensorflow();
    // Descriptors, so that what is computed on demand stays so.
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(assemble(definition)));
  }

  /** Number of values that gradients train, plus those of the schemes' state that count as parameters (an EMA codebook). */
  get parameterCount(): number {
    const trained = Object.values(this.variables).reduce((sum, { size }) => sum + size, 0);
    const levels = Object.values(this.levels);
    return levels.reduce((sum, { stateParameters = 0 }) => sum + stateParameters, trained);
  }

  /** Codes of examples: mean latents, or indices. Values are used as they are, latents without noise. */
  encode(x: ExamplesLike, options?: CallOptions): Promise<Code> {
    return encode(this, x, options) as Promise<Code>;
  }

  /** The posteriors of examples: parameters by name, and draws where asked for. */
  posterior(x: ExamplesLike, options?: PosteriorOptions): Promise<PosteriorOf<Code>> {
    return posterior(this, x, options) as Promise<PosteriorOf<Code>>;
  }

  /** Examples of codes: the likelihood's mean, or a draw. */
  decode(code: Code | CodesLike, options?: DecodeOptions): Promise<Shown> {
    return decode(this, code as CodesLike, options) as Promise<Shown>;
  }

  /** `decode(encode(x))`. */
  reconstruct(x: ExamplesLike, options?: DecodeOptions): Promise<Shown> {
    return reconstruct(this, x, options) as Promise<Shown>;
  }

  /** Examples with the cells that are missing filled in. */
  impute(x: ExamplesLike, options?: ImputeOptions): Promise<Shown> {
    return impute(this, x, options) as Promise<Shown>;
  }

  /** New examples from the prior. */
  sample(count: number, options?: SampleOptions): Promise<Shown> {
    return sample(this, count, options) as Promise<Shown>;
  }

  /** Examples along ways between the latents of two sets of examples, `[n, steps, ...]`. */
  interpolate(a: ExamplesLike, b: ExamplesLike, options?: InterpolateOptions): Promise<Shown> {
    return interpolate(this, { a, b }, options) as Promise<Shown>;
  }

  /** Examples of one example's latents with one dimension at a time moved, `[dimensions, values, ...]`. */
  traverse(x: ExamplesLike, options?: TraverseOptions): Promise<Shown> {
    return traverse(this, x, options) as Promise<Shown>;
  }

  /** Every term of the ELBO for each example, in nats. */
  score(x: ExamplesLike, options?: ScoreOptions): Promise<ScoresOf<Figure>> {
    return score(this, x, options) as Promise<ScoresOf<Figure>>;
  }

  /** The objective on some examples, at the model's present step. */
  loss(x: ExamplesLike, options?: LossOptions): Promise<LossReport> {
    return loss(this, x, options);
  }

  /** Runs one network of the model over rows, as the network sees them. */
  run(network: string, x: NdArray | tf.Tensor, options?: ComputeOptions): Promise<NdArray> {
    return runNetwork(this, { network, x }, options);
  }

  /** Writes `encoder.onnx`, `decoder.onnx` and, where the prior is learned, `prior.onnx`, with a free batch size. */
  exportOnnx(directory: string): Promise<void> {
    return exportOnnx(this, directory);
  }

  /**
   * Replaces all weights, by the names that {@link readWeights} gives.
   *
   * @param options `layout: "pytorch"` for kernels whose axes are ordered as PyTorch has them (`[out, in, h, w]`, vectors of
   *   flattened `[c, h, w]`); default those of TF.js
   * @throws RangeError when a weight is missing, unknown, or of another shape; nothing is changed then
   */
  override async writeWeights(
    weights: Readonly<Record<string, NdArray>>,
    options: WriteWeightsOptions = {},
  ): Promise<void> {
    const fn = "writeWeights";
    assertUsable(fn, this);
    const { layout } = readOptions(fn, writeWeightsOptions, options);
    const shapes = Object.values(this.example).map(({ column }) => column.shape);
    const image = shapes.length === 1 && shapes[0].length === 3 ? { image: shapes[0] } : {};
    const own =
      layout === "pytorch"
        ? fromPytorchLayout(fn, weights, { networks: this.networks, ...image })
        : weights;
    await super.writeWeights(own);
  }

  override dispose(): void {
    super.dispose();
    if (isSavable(this.prior)) this.prior.dispose();
  }
}
