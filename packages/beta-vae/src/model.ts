import {
  computeOf,
  createLikelihood,
  createModel,
  createNetworks,
  createPrior,
  deterministic,
  elbo,
  gaussian,
  imageModelJson,
  imageModelOptions,
  loadModel,
  readOptions,
  readPriorChoice,
  registerModel,
  reparameterized,
  rules,
  scheduleFromJson,
  type BoundFigure,
  type ImageModelOptions,
  type LatentModel,
  type LoadOptions,
  type JsonObject,
  type ModelKind,
  type NdArray,
  type Objective,
  type OptionTable,
  type PriorChoice,
  type Schedule,
} from "@elbo/core";
import { betaOption } from "./betaOption.ts";
import { objectiveFromJson } from "./objectives/fromJson.ts";

/** Options of {@link autoencoder}. */
export interface AutoencoderOptions extends ImageModelOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
}

/** Options of {@link betaVae}. */
export interface BetaVaeOptions extends AutoencoderOptions {
  /** Weight of the KL divergence, a number or a schedule over steps, never negative; default 1: the plain VAE. */
  readonly beta?: number | Schedule;
  /** Another objective in the place of the weighted ELBO, such as `betaTcvae({ beta: 6 })`; not together with `beta`. */
  readonly objective?: Objective;
  /** A prior that is trained along: `"vamp"`, `"flow"`, or with sizes (`{ kind: "vamp", components: 100 }`); default N(0, I). */
  readonly prior?: PriorChoice;
}

/** {@link AutoencoderOptions} as a table. */
export const autoencoderTable = {
  ...imageModelOptions,
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
} satisfies OptionTable<AutoencoderOptions>;

/** {@link BetaVaeOptions} as a table. */
export const betaVaeTable = {
  ...autoencoderTable,
  beta: betaOption,
  objective: {
    rule: rules.such<Objective>(
      "an objective, such as betaTcvae({ beta: 6 })",
      (value) => typeof (value as Partial<Objective> | null)?.terms === "function",
    ),
    default: undefined,
    doc: "another objective in the place of the weighted ELBO",
  },
  prior: {
    rule: rules.any<PriorChoice>(),
    default: undefined,
    shown: "N(0, I)",
    doc: 'a prior that is trained along, "vamp" or "flow", with its sizes',
  },
} satisfies OptionTable<BetaVaeOptions>;

/** A β-VAE: codes are mean latents `[n, latent]`. */
export type BetaVae = LatentModel<NdArray, BoundFigure>;

/** A plain autoencoder: codes are latents `[n, latent]`. */
export type Autoencoder = LatentModel<NdArray, "activeUnits" | "mse">;

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
export function betaVae(options: BetaVaeOptions): BetaVae {
  const { latent, beta, objective, prior, ...shared } = readOptions(
    "betaVae",
    betaVaeTable,
    options,
  );
  if (objective !== undefined && options.beta !== undefined) {
    throw new TypeError("betaVae: beta or objective must be given, got both");
  }
  const { image, seed, network } = shared;
  const likelihood = createLikelihood(shared.likelihood, image);
  const example = { x: likelihood };
  const plain = reparameterized({ size: latent, posterior: gaussian });
  const networks = createNetworks(network, { example, latents: plain, seed });
  const choice = prior && readPriorChoice("betaVae", prior);
  if (objective?.kind === "optimal-sigma" && likelihood.kind !== "gaussian") {
    throw new TypeError(
      `betaVae: the likelihood must be "gaussian" with the objective optimalSigma(), got ${JSON.stringify(likelihood.kind)}`,
    );
  }
  const latents =
    choice === undefined
      ? plain
      : reparameterized({
          size: latent,
          posterior: gaussian,
          prior: createPrior(choice, {
            size: latent,
            encoder: networks["encoder"],
            example: likelihood.input?.shape ?? likelihood.column.shape,
            isUnit: image.length === 3 && likelihood.input === undefined,
            seed,
          }),
        });
  return createModel({
    kind: "beta-vae",
    options: {
      ...imageModelJson({ image, likelihood, seed }),
      latent,
      ...(objective === undefined
        ? { beta: beta.toJSON() }
        : { objective: objectiveJson(objective) }),
      ...(choice === undefined ? {} : { prior: choice }),
    },
    example,
    latents,
    networks,
    objective: objective ?? elbo({ weights: { rate: beta } }),
    seed,
    compute: computeOf(options),
  });
}

/**
 * A plain autoencoder: deterministic latents and the distortion alone, the baseline without noise and penalty.
 *
 * It has no prior, so `sample` refuses and its evaluation has no rate and no ELBO.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function autoencoder(options: AutoencoderOptions): Autoencoder {
  const { latent, ...shared } = readOptions("autoencoder", autoencoderTable, options);
  const { image, seed, network } = shared;
  const likelihood = createLikelihood(shared.likelihood, image);
  const example = { x: likelihood };
  const latents = deterministic(
    [latent],
    "sample: the model must have a prior over its latents, got a plain autoencoder; betaVae has one",
  );
  return createModel({
    kind: "autoencoder",
    options: { ...imageModelJson({ image, likelihood, seed }), latent },
    example,
    latents,
    networks: createNetworks(network, { example, latents, seed }),
    seed,
    compute: computeOf(options),
  });
}

/** What core's loader needs to know of β-VAEs. */
export const betaVaeKind: ModelKind<BetaVae> = {
  kind: "beta-vae",
  build(options, network) {
    const { beta, objective, ...rest } = options;
    return betaVae({
      ...(rest as unknown as BetaVaeOptions),
      ...(beta !== undefined && { beta: scheduleFromJson(beta) }),
      ...(objective !== undefined && { objective: objectiveFromJson(objective, network) }),
      network,
    });
  },
};

const objectiveJson = ({ kind, options = {} }: Objective): JsonObject => ({ kind, options });

/** What core's loader needs to know of plain autoencoders. */
export const autoencoderKind: ModelKind<Autoencoder> = {
  kind: "autoencoder",
  build: (options, network) =>
    autoencoder({ ...(options as unknown as AutoencoderOptions), network }),
};

registerModel(betaVaeKind);
registerModel(autoencoderKind);

/**
 * Loads a β-VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadBetaVae(directory: string, options?: LoadOptions): Promise<BetaVae> {
  return loadModel(directory, betaVaeKind, options);
}

/**
 * Loads a plain autoencoder that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadAutoencoder(directory: string, options?: LoadOptions): Promise<Autoencoder> {
  return loadModel(directory, autoencoderKind, options);
}
