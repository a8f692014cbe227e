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
} from "@elbo/core";
import { quantized } from "./quantizedLatents.ts";
import {
  vectorQuantizer,
  vectorQuantizerTable,
  type VectorQuantizerOptions,
} from "./vectorQuantizer.ts";

/** Options of {@link vqVae}. */
export interface VqVaeOptions extends ImageModelOptions, VectorQuantizerOptions {
  /** Weight of the commitment, at least 0; default 0.25. */
  readonly commitment?: number;
}

/** {@link VqVaeOptions} as a table. */
export const vqVaeTable = {
  ...vectorQuantizerTable,
  ...imageModelOptions,
  network: { ...imageModelOptions.network, default: "conv" },
  commitment: {
    rule: rules.number({ min: 0 }),
    default: 0.25,
    doc: "weight of the squared distance between encoder outputs and their codes",
  },
} satisfies OptionTable<VqVaeOptions>;

/** A VQ-VAE: codes are int32 `[n, h, w]`. */
export type VqVae = LatentModel<NdArray, "elbo" | "rate" | "mse" | "perplexity" | "usage">;

/**
 * A VQ-VAE: latents on a grid of a quarter of the image's height and width (rounded up), each one of `codebookSize` vectors;
 * trained on
 *
 * `loss = distortion + h w log K + commitment sum |z - stop(e)|^2 [+ sum |stop(z) - e|^2 with a gradient codebook]`,
 *
 * sums over the grid and dimensions, means over examples. The distortion and the constant rate are nats. The squared
 * distances are on the latents' own scale, so the weight `commitment` is relative to the likelihood: a Gaussian of
 * standard deviation s weighs squared errors by `1 / (2 s^2)`, and what was right for one s is too weak for a smaller
 * one. (The paper averages squared latent distances over the grid; here they are sums like every other term.)
 *
 * `encode` gives code indices `[n, h, w]`, and `decode` of them repeats the forward pass bit for bit.
 * Source: van den Oord et al. 2017, https://arxiv.org/abs/1711.00937, equation 3 and appendix A.1.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function vqVae(options: VqVaeOptions): VqVae {
  const checked = readOptions("vqVae", vqVaeTable, options);
  const { image, seed, network, commitment } = checked;
  const { codebookSize, codeDim, codebook, decay, reviveAfter } = checked;
  const likelihood = createLikelihood(checked.likelihood, image);
  const example = { x: likelihood };
  const own = { codebookSize, codeDim, codebook, decay, reviveAfter };
  const quantizer = vectorQuantizer({ ...own, seed });
  const latents = quantized({ grid: latentGrid(image, network), quantizer });
  return createModel({
    kind: "vq-vae",
    options: { ...imageModelJson({ image, likelihood, seed }), ...own, commitment },
    example,
    latents,
    networks: createNetworks(network, { example, latents, seed }),
    objective: elbo({ weights: { commitment } }),
    seed,
    compute: computeOf(options),
  });
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
  build: (options, network) => vqVae({ ...(options as unknown as VqVaeOptions), network }),
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
