import {
  assertImage,
  assertInteger,
  assertKnownOptions,
  createImageModel,
  gaussianScheme,
  imageModelKeys,
  loadModel,
  scheduleFromJson,
  type GaussianPosterior,
  type ImageModelOptions,
  type JsonValue,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type Schedule,
} from "@elbo/core";
import { resolveBeta } from "./beta.ts";
import { deterministicScheme, type DeterministicPosterior } from "./deterministicScheme.ts";

/** Options of {@link autoencoder}. */
export interface AutoencoderOptions extends ImageModelOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
}

/** Options of {@link betaVae}. */
export interface BetaVaeOptions extends AutoencoderOptions {
  /** Weight of the KL divergence, a number or a schedule over steps, never negative; default 1: the plain VAE. */
  readonly beta?: number | Schedule;
}

/**
 * A β-VAE: Gaussian latents with a standard normal prior, trained on
 *
 * `loss = distortion + beta KL(q(z|x) || N(0, I))`, in nats per example,
 *
 * sums over dimensions, means over examples. `beta` 1 is the plain VAE, above 1 favours independent, cheap
 * latents over exact images. The ELBO that `evaluate` reports always has the weight 1. Source: Higgins et
 * al., "beta-VAE" (ICLR 2017), equation 4; Kingma and Welling 2014, arXiv:1312.6114.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function betaVae(options: BetaVaeOptions): LatentModel<GaussianPosterior> {
  const fn = "betaVae";
  assertKnownOptions(fn, options, [...imageModelKeys, "latent", "beta"]);
  const { image, latent, beta = 1 } = options;
  assertImage(fn, image);
  assertInteger({ fn, name: "latent" }, latent, { min: 1 });
  const weight = resolveBeta(fn, beta);
  return createImageModel(options, {
    kind: "beta-vae",
    options: { latent, beta: weight.toJSON() as JsonValue },
    scheme: gaussianScheme({ latent }),
    network: "mlp",
    weights: { kl: weight },
  });
}

/**
 * A plain autoencoder: deterministic latents and the distortion alone, the baseline without noise and penalty.
 *
 * It has no prior, so `sample` refuses and its evaluation has no rate and no ELBO.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function autoencoder(options: AutoencoderOptions): LatentModel<DeterministicPosterior> {
  const fn = "autoencoder";
  assertKnownOptions(fn, options, [...imageModelKeys, "latent"]);
  const { image, latent } = options;
  assertImage(fn, image);
  assertInteger({ fn, name: "latent" }, latent, { min: 1 });
  return createImageModel(options, {
    kind: "autoencoder",
    options: { latent },
    scheme: deterministicScheme(latent),
    network: "mlp",
  });
}

/** What core's loader needs to know of β-VAEs. */
export const betaVaeKind: ModelKind<GaussianPosterior> = {
  kind: "beta-vae",
  build: (options, network) =>
    betaVae({
      ...(options as unknown as BetaVaeOptions),
      beta: scheduleFromJson(options["beta"]),
      network,
    }),
};

/** What core's loader needs to know of plain autoencoders. */
export const autoencoderKind: ModelKind<DeterministicPosterior> = {
  kind: "autoencoder",
  build: (options, network) =>
    autoencoder({ ...(options as unknown as AutoencoderOptions), network }),
};

/**
 * Loads a β-VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadBetaVae(
  directory: string,
  options?: LoadOptions,
): Promise<LatentModel<GaussianPosterior>> {
  return loadModel(directory, betaVaeKind, options);
}

/**
 * Loads a plain autoencoder that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadAutoencoder(
  directory: string,
  options?: LoadOptions,
): Promise<LatentModel<DeterministicPosterior>> {
  return loadModel(directory, autoencoderKind, options);
}
