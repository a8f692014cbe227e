import {
  computeOf,
  createLikelihood,
  createModel,
  createNetworks,
  elbo,
  imageModelJson,
  imageModelOptions,
  loadModel,
  readOptions,
  registerModel,
  rules,
  type ImageModelOptions,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type NdArray,
  type NetworkChoice,
  type OptionTable,
  type Quantizer,
} from "@elbo/core";
import { quantized } from "./quantizedLatents.ts";
import { createQuantizer, type QuantizerChoice } from "./quantizers/createQuantizer.ts";
import { quantizerJson } from "./quantizers/quantizerJson.ts";
import {
  fromJson,
  weightsJson,
  weightsOf,
  weightsOption,
  type TermWeights,
} from "./termWeights.ts";

/** Options of {@link vqVae}. */
export interface VqVaeOptions extends ImageModelOptions {
  /** What replaces vectors by codes: a kind by name, an object with its options, or a quantizer; default `"vector"`. */
  readonly quantizer?: QuantizerChoice;
  /** Number of codes of a quantizer that is given by name; default that of the quantizer, 512. */
  readonly codebookSize?: number;
  /** Dimensions of a code of a quantizer that is given by name; default that of the quantizer, 64. */
  readonly codeDim?: number;
  /** Weights by term, numbers or schedules, at least 0: of the quantizer's losses (default: its own weights) and of `rate` (1). */
  readonly weights?: TermWeights;
}

/** {@link VqVaeOptions} as a table. */
export const vqVaeTable = {
  ...imageModelOptions,
  network: { ...imageModelOptions.network, default: "conv" },
  quantizer: {
    rule: rules.any<QuantizerChoice>(),
    default: "vector",
    doc: "what replaces vectors by codes: a kind by name, an object with its options, or a quantizer",
  },
  codebookSize: {
    rule: rules.integer({ min: 2 }),
    default: undefined,
    shown: "512",
    doc: "number of codes, of a quantizer given by name",
  },
  codeDim: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "64",
    doc: "dimensions of a code, of a quantizer given by name",
  },
  weights: {
    ...weightsOption,
    shown: "the quantizer's",
    doc: "weights of the quantizer's losses and of the rate, numbers or schedules",
  },
} satisfies OptionTable<VqVaeOptions>;

/** A VQ-VAE: codes are int32 `[n, h, w]`, or `[n, h, w, indices]` of quantizers with several per position. */
export type VqVae = LatentModel<NdArray, "elbo" | "rate" | "mse" | "perplexity" | "usage">;

/**
 * A VQ-VAE: latents on a grid of a quarter of the image's height and width (rounded up), each replaced by codes of a quantizer;
 * trained on
 *
 * `loss = distortion + weight_rate rate + sum over the quantizer's losses of weight x loss`
 *
 * with sums over the grid and dimensions, means over examples. The default quantizer has the constant rate `h w log K` and the
 * loss `commitment = sum |z - stop(e)|^2` of the weight 1. Distortion and rate are nats; squared distances are on the latents'
 * own scale, so their weight is relative to the likelihood: a Gaussian of standard deviation s weighs squared errors by
 * `1 / (2 s^2)`, and what was right for one s is too weak for a smaller one. (The paper averages squared latent distances over
 * the grid; here they are sums like every other term.)
 *
 * `encode` gives code indices, and `decode` of them repeats the forward pass bit for bit.
 * Source: van den Oord et al. 2017, https://arxiv.org/abs/1711.00937, equation 3 and appendix A.1.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function vqVae(options: VqVaeOptions): VqVae {
  const fn = "vqVae";
  const checked = readOptions(fn, vqVaeTable, options);
  const { image, seed, network } = checked;
  const quantizer = quantizerOf(fn, checked);
  const weights = weightsOf(fn, quantizer, checked.weights);
  const likelihood = createLikelihood(checked.likelihood, image);
  const example = { x: likelihood };
  const latents = quantized({ grid: latentGrid(image, network), quantizer });
  return createModel({
    kind: "vq-vae",
    options: {
      ...imageModelJson({ image, likelihood, seed }),
      quantizer: quantizerJson(quantizer),
      weights: weightsJson(weights),
    },
    example,
    latents,
    networks: createNetworks(network, { example, latents, seed }),
    objective: elbo({ weights }),
    seed,
    compute: computeOf(options),
  });
}

/** What factories read to make a quantizer. */
export interface QuantizerFields {
  readonly quantizer: QuantizerChoice;
  readonly codebookSize: number | undefined;
  readonly codeDim: number | undefined;
  readonly seed: number;
}

/**
 * The quantizer of a model's options.
 *
 * @throws TypeError when sizes are given beside a quantizer that has its own
 */
export function quantizerOf(
  fn: string,
  { quantizer, codebookSize, codeDim, seed }: QuantizerFields,
): Quantizer {
  const sizes = {
    ...(codebookSize === undefined ? {} : { codebookSize }),
    ...(codeDim === undefined ? {} : { codeDim }),
  };
  const [name] = Object.keys(sizes);
  if (typeof quantizer === "string") {
    return createQuantizer({ kind: quantizer, ...sizes } as QuantizerChoice, { seed });
  }
  if (name !== undefined) {
    throw new TypeError(
      `${fn}: ${name} must stand in the options of the quantizer when that is no name, got both`,
    );
  }
  return createQuantizer(quantizer, { seed });
}

/** The grid of a given encoder, if its output has one; otherwise a quarter of the image, as two layers of stride 2 give. */
function latentGrid(image: readonly number[], network: NetworkChoice): readonly number[] {
  if (typeof network === "object" && "encoder" in network) {
    const [, h, w, ...rest] = network.encoder.outputs[0].shape;
    if (rest.length === 1) return [h ?? 0, w ?? 0];
  }
  return image.slice(0, -1).map((length) => Math.ceil(length / 4));
}

/** What core's loader needs to know of VQ-VAEs. */
export const vqVaeKind: ModelKind<VqVae> = {
  kind: "vq-vae",
  build: (options, network) =>
    vqVae({ ...(fromJson(options) as unknown as VqVaeOptions), network }),
};

registerModel(vqVaeKind);

/**
 * Loads a VQ-VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadVqVae(directory: string, options?: LoadOptions): Promise<VqVae> {
  return loadModel(directory, vqVaeKind, options);
}
