import { createLikelihood } from "../distributions/likelihood.ts";
import type { LikelihoodOptions } from "../distributions/likelihood.ts";
import type { JsonObject } from "../json.ts";
import { createNetworks } from "../networks/createNetworks.ts";
import type { NetworkChoice, NetworkKind } from "../networks/createNetworks.ts";
import type { Schedule } from "../objective/schedule.ts";
import { assertInteger, describeValue } from "../arguments.ts";
import { conditionSize } from "./condition.ts";
import type { ConditionOptions } from "./condition.ts";
import { createModel } from "./createModel.ts";
import type { ComputeOptions } from "./definition.ts";
import type { LatentModel } from "./latentModel.ts";
import type { LatentScheme } from "./latentScheme.ts";
import { computeOf } from "./methodOptions.ts";

/** The options that every variant has. */
export interface ImageModelOptions extends ComputeOptions {
  /** `[height, width, channels]`. */
  readonly image: readonly number[];
  /** What the pixels are given the latents; default `"bernoulli"`, binarized anew at every visit. */
  readonly likelihood?: LikelihoodOptions;
  /** A builder by name, with its sizes (`{ kind: "mlp", hidden: [400] }`), or networks of one's own. */
  readonly network?: NetworkChoice;
  /** Seeds the initial weights; default 0. */
  readonly seed?: number;
}

/** The keys of {@link ImageModelOptions}, to be allowed beside a variant's own. */
export const imageModelKeys: readonly string[] = [
  "image",
  "likelihood",
  "network",
  "seed",
  "engine",
  "device",
  "threads",
];

/** What a variant adds to {@link ImageModelOptions} to make a model. */
export interface VariantDefinition<P> {
  /** The variant's name in `model.json`. */
  readonly kind: string;
  /** The variant's own options as JSON; its loader gets them back with `image`, `likelihood` and `seed`. */
  readonly options: JsonObject;
  readonly scheme: LatentScheme<P>;
  /** The builder when `network` is not given. */
  readonly network: NetworkKind;
  /** Weights of the objective by term; terms that are not named have weight 1. */
  readonly weights?: Readonly<Record<string, number | Schedule>>;
  readonly condition?: ConditionOptions;
}

/**
 * Makes the model of a variant: likelihood, networks of fitting shapes, and all that {@link createModel} takes.
 *
 * @throws RangeError or TypeError when an option is out of range or networks do not fit
 */
export function createImageModel<P>(
  options: ImageModelOptions,
  variant: VariantDefinition<P>,
): LatentModel<P> {
  const { image, seed = 0 } = options;
  const { kind, scheme, weights, condition } = variant;
  const likelihood = createLikelihood(options.likelihood ?? "bernoulli");
  const networks = createNetworks(options.network ?? variant.network, {
    image,
    features: scheme.featureShape,
    latent: scheme.latentShape,
    outputChannels: image[2] * likelihood.parametersPerChannel,
    seed,
    ...(condition === undefined ? {} : { condition: conditionSize(condition) }),
  });
  return createModel<P>({
    kind,
    options: { image, likelihood: likelihood.options, seed, ...variant.options },
    image,
    scheme,
    ...networks,
    likelihood,
    seed,
    ...(weights === undefined ? {} : { weights }),
    ...(condition === undefined ? {} : { condition }),
    compute: computeOf(options),
  });
}

/**
 * Checks the shape of an image before anything is built from it.
 *
 * @throws TypeError or RangeError when it is not three positive integers
 */
export function assertImage(fn: string, image: unknown): asserts image is readonly number[] {
  if (!Array.isArray(image) || image.length !== 3) {
    throw new TypeError(
      `${fn}: image must be [height, width, channels], got ${describeValue(image)}`,
    );
  }
  for (const size of image as readonly unknown[]) {
    assertInteger({ fn, name: "sizes of image" }, size, { min: 1 });
  }
}
