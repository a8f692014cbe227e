import {
  computeOf,
  createEncoder,
  createLikelihood,
  createModel,
  createNetworks,
  deterministic,
  gaussian,
  imageModelJson,
  imageModelOptions,
  loadModel,
  readOptions,
  registerModel,
  reparameterized,
  rules,
  type BoundFigure,
  type Condition,
  type ImageModelOptions,
  type LatentModel,
  type Likelihood,
  type LoadOptions,
  type ModelKind,
  type NdArray,
  type NetworkChoice,
  type Networks,
  type OptionTable,
} from "@elbo/core";
import type * as tfl from "@tensorflow/tfjs-layers";
import { conditionalGaussian } from "./conditionalGaussian.ts";
import { maskedLikelihood } from "./maskedLikelihood.ts";
import { maskNames, type MaskName } from "./masks.ts";
import { observedPart } from "./observedPart.ts";

/** Options of {@link completionBaseline}. */
export interface CompletionBaselineOptions extends ImageModelOptions {
  /** Masks that are drawn in training and evaluation where none is told, each as often; default one, two and three quadrants. */
  readonly masks?: readonly MaskName[];
  /** Number of features of the observed part, default 128. */
  readonly features?: number;
}

/** Options of {@link completionVae}. */
export interface CompletionVaeOptions extends CompletionBaselineOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
}

/** {@link CompletionBaselineOptions} as a table. */
export const completionBaselineTable = {
  ...imageModelOptions,
  masks: {
    rule: rules.list(rules.oneOf(maskNames)),
    default: ["one-quadrant", "two-quadrants", "three-quadrants"],
    doc: "masks that are drawn where none is told",
  },
  features: {
    rule: rules.integer({ min: 1 }),
    default: 128,
    doc: "number of features of the observed part",
  },
} satisfies OptionTable<CompletionBaselineOptions>;

/** {@link CompletionVaeOptions} as a table. */
export const completionVaeTable = {
  ...completionBaselineTable,
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
} satisfies OptionTable<CompletionVaeOptions>;

/** A conditional VAE of the part of an image that is not observed. */
export type CompletionVae = LatentModel<NdArray, BoundFigure>;

/** Its deterministic baseline. */
export type CompletionBaseline = LatentModel;

/**
 * A conditional VAE that completes images: of `x_o`, the part that a mask says is observed, it gives p(x_u|x_o) of the rest,
 *
 * `p(x_u|x_o) = integral of p(z|x_o) p(x_u|z, x_o) dz`, trained on `-log p(x_u|z, x_o) + KL(q(z|x, x_o) || p(z|x_o))`, nats per example.
 *
 * A network makes features of the observed part, which enter encoder, decoder and the Gaussian prior. Masks are drawn for each example in
 * training and evaluation, or told: `model.score(x, { condition: { mask: "left" }, samples: 64 })` gives log p(x_u|x_o) by importance
 * sampling with q(z|x, x_o) as proposal.
 * Source: Sohn, Lee, Yan (NeurIPS 2015), equation 4 and section 5.1.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function completionVae(options: CompletionVaeOptions): CompletionVae {
  const fn = "completionVae";
  const { latent, ...values } = readOptions(fn, completionVaeTable, options);
  const latents = reparameterized({
    size: latent,
    posterior: gaussian,
    prior: conditionalGaussian(latent, values.features),
  });
  const { likelihood, condition, networks } = partsOf(fn, values, { latents, told: true });
  return createModel({
    kind: "completion-vae",
    options: { ...jsonOf(values, likelihood), latent },
    example: { x: likelihood },
    latents,
    networks,
    condition,
    seed: values.seed,
    compute: computeOf(options),
  });
}

/**
 * The deterministic baseline of {@link completionVae}: features of the observed part straight to the likelihood's parameters. Every
 * pixel of the rest is independent of the others given the observed part; `score(x, ...).distortion` is `-log p(x_u|x_o)` itself.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function completionBaseline(options: CompletionBaselineOptions): CompletionBaseline {
  const fn = "completionBaseline";
  const values = readOptions(fn, completionBaselineTable, options);
  const latents = deterministic(
    [values.features],
    "sample: the model must have a prior over its latents, got a deterministic baseline; completionVae has one",
  );
  const { likelihood, condition, networks } = partsOf(fn, values, { latents, told: false });
  return createModel({
    kind: "completion-baseline",
    options: jsonOf(values, likelihood),
    example: { x: likelihood },
    latents,
    networks: { decoder: networks["decoder"] },
    condition,
    infer: (model, _batch, context) => {
      if (context.condition === undefined) throw new Error("internal: no part is observed");
      return { z: model.infer("z", context.condition, context) };
    },
    generate: (model, z, context) => model.apply("decoder", z["z"], { context }),
    seed: values.seed,
    compute: computeOf(options),
  });
}

interface Values {
  readonly image: readonly number[];
  readonly likelihood: Parameters<typeof createLikelihood>[0];
  readonly network: NetworkChoice;
  readonly seed: number;
  readonly masks: readonly MaskName[];
  readonly features: number;
}

const jsonOf = ({ image, seed, masks, features }: Values, likelihood: Likelihood) => ({
  ...imageModelJson({ image, likelihood, seed }),
  masks: [...masks],
  features,
});

type Shapes = Parameters<typeof createNetworks>[1];

/** Likelihood, condition and networks of both. */
function partsOf(
  fn: string,
  values: Values,
  { latents, told }: { readonly latents: Shapes["latents"]; readonly told: boolean },
): { readonly likelihood: Likelihood; readonly condition: Condition; readonly networks: Networks } {
  const { image, masks, features, network, seed } = values;
  if (image.length !== 3) {
    throw new RangeError(
      `${fn}: image must be [height, width, channels], got [${image.join(", ")}]`,
    );
  }
  const [height, width, channels] = image;
  const likelihood = maskedLikelihood(fn, createLikelihood(values.likelihood, image));
  const example = { x: likelihood };
  const given = readyNetworks(fn, network);
  const shapes = { example, latents, seed, ...(told ? { condition: { size: features } } : {}) };
  const { observed, ...networks } = given ?? {
    ...createNetworks(network, shapes),
    // The observed part and its mask.
    observed: createEncoder(network, {
      example: { x: createLikelihood("bernoulli", [height, width, channels + 1]) },
      features: [features],
      seed: seed + 1,
    }),
  };
  const size = [height, width, channels] as const;
  return {
    likelihood,
    condition: observedPart({ image: size, masks, features, network: observed }),
    networks,
  };
}

/** Networks that are made already: those of a saved model. */
function readyNetworks(
  fn: string,
  choice: NetworkChoice,
): (Networks & { readonly observed: tfl.LayersModel }) | undefined {
  if (typeof choice !== "object" || "kind" in choice) return undefined;
  const { observed, decoder } = choice as { observed?: tfl.LayersModel; decoder?: unknown };
  if (observed !== undefined && decoder !== undefined) return { ...choice, observed };
  throw new TypeError(
    `${fn}: network must hold a decoder and a network observed, got ${Object.keys(choice).join(", ")}`,
  );
}

/** What core's loader needs to know of {@link completionVae}. */
export const completionVaeKind: ModelKind<CompletionVae> = {
  kind: "completion-vae",
  build: (options, network) =>
    completionVae({ ...(options as unknown as CompletionVaeOptions), network }),
};

/** What core's loader needs to know of {@link completionBaseline}. */
export const completionBaselineKind: ModelKind<CompletionBaseline> = {
  kind: "completion-baseline",
  build: (options, network) =>
    completionBaseline({ ...(options as unknown as CompletionBaselineOptions), network }),
};

registerModel(completionVaeKind);
registerModel(completionBaselineKind);

/**
 * Loads a model that `save` of a {@link completionVae} wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadCompletionVae(
  directory: string,
  options?: LoadOptions,
): Promise<CompletionVae> {
  return loadModel(directory, completionVaeKind, options);
}
