import {
  assertImage,
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertOneOf,
  createImageModel,
  imageModelKeys,
  loadModel,
  type ImageModelOptions,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
} from "@elbo/core";
import { vectorQuantizedScheme, type QuantizedPosterior } from "./vectorQuantizedScheme.ts";

/** Options of {@link vqVae}. */
export interface VqVaeOptions extends ImageModelOptions {
  /** Number of codes K in the codebook, at least 2; default 512. */
  readonly codes?: number;
  /** Dimensions D of a code; default 64. */
  readonly codeSize?: number;
  /** What moves the codes: averages of their tokens (`"ema"`, default), or the optimizer and the codebook loss (`"gradient"`). */
  readonly codebook?: "ema" | "gradient";
  /** Weight of the commitment, at least 0; default 0.25. */
  readonly commitment?: number;
  /** Share of the old average that an EMA codebook keeps at each step, in [0, 1); default 0.99. */
  readonly decay?: number;
  /** Steps without a token after which a code moves onto the data, or `false` for never; default 10. */
  readonly reviveAfter?: number | false;
}

const ownKeys = ["codes", "codeSize", "codebook", "commitment", "decay", "reviveAfter"];

/**
 * A VQ-VAE: latents on a grid of a quarter of the image's height and width, each one of `codes` vectors; trained on
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
export function vqVae(options: VqVaeOptions): LatentModel<QuantizedPosterior> {
  const fn = "vqVae";
  assertKnownOptions(fn, options, [...imageModelKeys, ...ownKeys]);
  const { image, codes = 512, codeSize = 64, codebook = "ema" } = options;
  const { commitment = 0.25, decay = 0.99, reviveAfter = 10, seed = 0 } = options;
  assertImage(fn, image);
  assertInteger({ fn, name: "codes" }, codes, { min: 2 });
  assertInteger({ fn, name: "codeSize" }, codeSize, { min: 1 });
  assertOneOf({ fn, name: "codebook" }, codebook, ["ema", "gradient"]);
  assertNumber({ fn, name: "commitment" }, commitment, { min: 0 });
  assertNumber({ fn, name: "decay" }, decay, { min: 0, below: 1 });
  if (reviveAfter !== false) assertInteger({ fn, name: "reviveAfter" }, reviveAfter, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  const own = { codes, codeSize, codebook, decay, reviveAfter };
  return createImageModel(options, {
    kind: "vq-vae",
    options: { ...own, commitment },
    scheme: vectorQuantizedScheme({ ...own, grid: latentGrid(options), seed }),
    network: "conv",
    weights: { commitment },
  });
}

/** The grid of a given encoder, if its output has one; otherwise a quarter of the image, as two layers of stride 2 give. */
function latentGrid({ image, network }: VqVaeOptions): readonly [number, number] {
  if (typeof network === "object" && "encoder" in network) {
    const [, h, w, ...rest] = network.encoder.outputs[0].shape;
    if (rest.length === 1) return [h ?? 0, w ?? 0];
  }
  const [height, width] = image;
  if (height % 4 !== 0 || width % 4 !== 0) {
    throw new RangeError(
      `vqVae: height and width of image must be multiples of 4, got ${height}x${width}`,
    );
  }
  return [height / 4, width / 4];
}

/** What core's loader needs to know of VQ-VAEs. */
export const vqVaeKind: ModelKind<QuantizedPosterior> = {
  kind: "vq-vae",
  build: (options, network) => vqVae({ ...(options as unknown as VqVaeOptions), network }),
};

/**
 * Loads a VQ-VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadVqVae(
  directory: string,
  options?: LoadOptions,
): Promise<LatentModel<QuantizedPosterior>> {
  return loadModel(directory, vqVaeKind, options);
}
