import {
  assertImage,
  assertInteger,
  assertKnownOptions,
  assertOneOf,
  conditionSize,
  createImageModel,
  gaussianScheme,
  imageModelKeys,
  loadModel,
  type ConditionOptions,
  type GaussianPosterior,
  type ImageModelOptions,
  type LatentModel,
  type LoadOptions,
  type ModelKind,
} from "@elbo/core";

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
export function cvae(options: CvaeOptions): LatentModel<GaussianPosterior> {
  const fn = "cvae";
  assertKnownOptions(fn, options, [...imageModelKeys, "latent", "classes", "condition", "prior"]);
  const { image, latent, classes, condition: kind = "one-hot", prior = "conditional" } = options;
  assertImage(fn, image);
  assertInteger({ fn, name: "latent" }, latent, { min: 1 });
  assertInteger({ fn, name: "classes" }, classes, { min: 1 });
  assertOneOf({ fn, name: "condition" }, kind, ["one-hot", "embedding"]);
  assertOneOf({ fn, name: "prior" }, prior, ["standard", "conditional"]);
  const condition: ConditionOptions = { classes, kind };
  return createImageModel(options, {
    kind: "cvae",
    options: { latent, classes, condition: kind, prior },
    scheme: gaussianScheme({ latent, prior, condition: conditionSize(condition) }),
    network: "mlp",
    condition,
  });
}

/** What core's loader needs to know of conditional VAEs. */
export const cvaeKind: ModelKind<GaussianPosterior> = {
  kind: "cvae",
  build: (options, network) => cvae({ ...(options as unknown as CvaeOptions), network }),
};

/**
 * Loads a conditional VAE that `model.save(directory)` wrote.
 *
 * @throws Error when the directory holds no such model, or something malformed
 */
export function loadCvae(
  directory: string,
  options?: LoadOptions,
): Promise<LatentModel<GaussianPosterior>> {
  return loadModel(directory, cvaeKind, options);
}
