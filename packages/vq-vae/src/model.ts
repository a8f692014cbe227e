import {
  assertImage,
  assertNumber,
  createLikelihood,
  createModel,
  createNetworks,
  elbo,
  loadModel,
  registerModel,
  type ImageModelOptions,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type NdArray,
} from "@elbo/core";
import { quantized } from "./quantizedLatents.ts";
import { vectorQuantizer, type VectorQuantizerOptions } from "./vectorQuantizer.ts";

/** Options of {@link vqVae}. */
export interface VqVaeOptions extends ImageModelOptions, Omit<VectorQuantizerOptions, "seed"> {
  /** Weight of the commitment, at least 0; default 0.25. */
  readonly commitment?: number;
}

/** A VQ-VAE: codes are int32 `[n, h, w]`. */
export type VqVae = LatentModel<NdArray, "elbo" | "rate" | "perplexity" | "usage">;

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
  const fn = "vqVae";
  const { image, likelihood: given = "bernoulli", network = "conv", seed = 0 } = options;
  const { engine, device, threads, commitment = 0.25, ...rest } = options;
  const { image: _, likelihood: __, network: ___, seed: ____, ...own } = rest;
  assertImage(fn, image);
  assertNumber({ fn, name: "commitment" }, commitment, { min: 0 });
  const likelihood = createLikelihood(given, image);
  const quantizer = vectorQuantizer({ ...own, seed });
  const latents = quantized({ grid: latentGrid(options), quantizer });
  const example = { x: likelihood };
  return createModel({
    kind: "vq-vae",
    options: {
      image,
      likelihood: { kind: likelihood.kind, ...likelihood.options },
      seed,
      commitment,
      ...quantizer.options,
    },
    example,
    latents,
    networks: createNetworks(network, { example, latents, seed }),
    objective: elbo({ weights: { commitment } }),
    seed,
    compute: { engine, device, threads },
  });
}

/** The grid of a given encoder, if its output has one; otherwise a quarter of the image, as two layers of stride 2 give. */
function latentGrid({ image, network }: VqVaeOptions): readonly number[] {
  if (typeof network === "object" && "encoder" in network) {
    const [, h, w, ...rest] = network.encoder.outputs[0].shape;
    if (rest.length === 1) return [h ?? 0, w ?? 0];
  }
  return image.slice(0, 2).map((length) => Math.ceil(length / 4));
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
