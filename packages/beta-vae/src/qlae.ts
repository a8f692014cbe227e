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
  type OptionTable,
} from "@elbo/core";
import { latentQuantization } from "./latents/latentQuantization.ts";

/** Options of {@link qlae}. */
export interface QlaeOptions extends ImageModelOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
  /** Values that each dimension can take, at least 2; default 10. */
  readonly values?: number;
  /** Weight of the squared distances of values from latents, default 1. */
  readonly quantization?: number;
  /** Weight of the squared distances of latents from values, default 1. */
  readonly commitment?: number;
}

/** {@link QlaeOptions} as a table. */
export const qlaeTable = {
  ...imageModelOptions,
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  values: {
    rule: rules.integer({ min: 2 }),
    default: 10,
    doc: "values that each dimension can take",
  },
  quantization: {
    rule: rules.number({ min: 0 }),
    default: 1,
    doc: "weight of the squared distances of values from latents",
  },
  commitment: {
    rule: rules.number({ min: 0 }),
    default: 1,
    doc: "weight of the squared distances of latents from values",
  },
} satisfies OptionTable<QlaeOptions>;

/** A quantized autoencoder: codes are values of latents `[n, latent]`. */
export type Qlae = LatentModel<NdArray, "elbo" | "rate" | "nll" | "activeUnits" | "mse">;

/**
 * A quantized-latent autoencoder: {@link latentQuantization}, trained on
 * `distortion + quantization sum_j (stop(z_j) - v_j)^2 + commitment sum_j (z_j - stop(v_j))^2`, nats per example.
 *
 * The paper pairs it with strong weight decay (`adamW({ weightDecay: 0.1 })`) and weighs means over pixels and latents: its 0.01 is
 * `0.01 pixels / latent` here. Source: Hsu et al. 2023 (arXiv:2305.18378), section 3.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function qlae(options: QlaeOptions): Qlae {
  const { latent, values, quantization, commitment, ...shared } = readOptions(
    "qlae",
    qlaeTable,
    options,
  );
  const { image, seed, network } = shared;
  const likelihood = createLikelihood(shared.likelihood, image);
  const example = { x: likelihood };
  const latents = latentQuantization({ size: latent, values });
  const own = { latent, values, quantization, commitment };
  return createModel({
    kind: "qlae",
    options: { ...imageModelJson({ image, likelihood, seed }), ...own },
    example,
    latents,
    networks: createNetworks(network, { example, latents, seed }),
    objective: elbo({ weights: { quantization, commitment } }),
    seed,
    compute: computeOf(options),
  });
}

/** What core's loader needs to know of quantized autoencoders. */
export const qlaeKind: ModelKind<Qlae> = {
  kind: "qlae",
  build: (options, network) => qlae({ ...(options as unknown as QlaeOptions), network }),
};

registerModel(qlaeKind);

/**
 * Loads a quantized autoencoder that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadQlae(directory: string, options?: LoadOptions): Promise<Qlae> {
  return loadModel(directory, qlaeKind, options);
}
