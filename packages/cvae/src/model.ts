import {
  computeOf,
  createLikelihood,
  createModel,
  createNetworks,
  gaussian,
  imageModelJson,
  imageModelOptions,
  loadModel,
  readOptions,
  registerModel,
  reparameterized,
  rules,
  type BoundFigure,
  type ImageModelOptions,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
  type NdArray,
  type OptionTable,
} from "@elbo/core";
import { classCondition } from "./classCondition.ts";
import { conditionalGaussian } from "./conditionalGaussian.ts";

/** Options of {@link cvae}. */
export interface CvaeOptions extends ImageModelOptions {
  /** Number of latent dimensions, at least 1. */
  readonly latent: number;
  /** Number of classes, at least 1; labels lie in `[0, classes)`. */
  readonly classes: number;
  /** How labels enter the networks: `"one-hot"` (default), or a trained `"embedding"` of `min(classes, 16)` values. */
  readonly condition?: "one-hot" | "embedding";
  /** p(z|y): `"conditional"` (default) is a learned Gaussian for each class, `"standard"` N(0, I) for all. */
  readonly prior?: "standard" | "conditional";
}

/** {@link CvaeOptions} as a table. */
export const cvaeTable = {
  ...imageModelOptions,
  latent: { rule: rules.integer({ min: 1 }), doc: "number of latent dimensions" },
  classes: { rule: rules.integer({ min: 1 }), doc: "number of classes" },
  condition: {
    rule: rules.oneOf(["one-hot", "embedding"]),
    default: "one-hot",
    doc: "how labels enter the networks",
  },
  prior: {
    rule: rules.oneOf(["standard", "conditional"]),
    default: "conditional",
    doc: "a learned Gaussian for each class, or N(0, I) for all",
  },
} satisfies OptionTable<CvaeOptions>;

/** A conditional VAE: codes are mean latents `[n, latent]`. */
export type Cvae = LatentModel<NdArray, BoundFigure>;

/**
 * A conditional VAE: encoder q(z|x, y), decoder p(x|z, y) and prior p(z|y) know the label y; trained on
 *
 * `loss = distortion + KL(q(z|x, y) || p(z|y))`, in nats per example,
 *
 * minus a lower bound of `log p(x|y)`. The prior `p(z|y) = N(mu_y, diag(sigma_y^2))` is learned too, from N(0, I) on;
 * with `prior: "standard"` it stays there, and it takes many more epochs until the encoder leaves the class out of
 * the latents and samples look like their label. Labels come with the examples in training and evaluation, and by `labels` or `label` in the model's methods.
 * Source: Sohn, Lee, Yan, "Learning Structured Output Representation using Deep Conditional Generative Models"
 * (NeurIPS 2015), equation 4.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range
 */
export function cvae(options: CvaeOptions): Cvae {
  const {
    latent,
    classes,
    prior,
    condition: kind,
    ...shared
  } = readOptions("cvae", cvaeTable, options);
  const { image, seed, network } = shared;
  const likelihood = createLikelihood(shared.likelihood, image);
  const example = { x: likelihood };
  const condition = classCondition({ classes, kind, seed });
  const latents = reparameterized({
    size: latent,
    posterior: gaussian,
    prior: prior === "standard" ? gaussian : conditionalGaussian(latent, condition.size),
  });
  return createModel({
    kind: "cvae",
    options: {
      ...imageModelJson({ image, likelihood, seed }),
      latent,
      classes,
      condition: kind,
      prior,
    },
    example,
    latents,
    networks: createNetworks(network, { example, latents, condition, seed }),
    condition,
    seed,
    compute: computeOf(options),
  });
}

/** What core's loader needs to know of conditional VAEs. */
export const cvaeKind: ModelKind<Cvae> = {
  kind: "cvae",
  build: (options, network) => cvae({ ...(options as unknown as CvaeOptions), network }),
};

registerModel(cvaeKind);

/**
 * Loads a conditional VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadCvae(directory: string, options?: LoadOptions): Promise<Cvae> {
  return loadModel(directory, cvaeKind, options);
}
