import { createModel, gaussianScheme } from "../../src/index.ts";
import type { GaussianPosterior, LatentModel, ModelKind } from "../../src/index.ts";
import type { ConditionOptions } from "../../src/model/condition.ts";
import { conditionSize } from "../../src/model/condition.ts";
import { createLikelihood } from "../../src/distributions/index.ts";
import type { LikelihoodOptions } from "../../src/distributions/index.ts";
import type { Weights } from "../../src/objective/index.ts";
import { mlp } from "../../src/networks/index.ts";
import type { Networks } from "../../src/networks/index.ts";
import { Random } from "../../src/random/index.ts";
import type { Examples } from "../../src/data/examples.ts";

export interface SmallOptions {
  readonly seed?: number;
  readonly likelihood?: LikelihoodOptions;
  readonly condition?: ConditionOptions;
  readonly prior?: "standard" | "conditional";
  readonly weights?: Weights;
  readonly networks?: Networks;
  readonly latent?: number;
}

/** A Gaussian model of 8x8 images with two latents and 16 hidden units. */
export function smallModel(options: SmallOptions = {}): LatentModel<GaussianPosterior> {
  const { seed = 1, condition, prior = "standard", weights, latent = 2 } = options;
  const likelihood = createLikelihood(options.likelihood ?? "bernoulli");
  const image = [8, 8, 1];
  const size = condition === undefined ? 0 : conditionSize(condition);
  const scheme = gaussianScheme({
    latent,
    prior,
    ...(size === 0 ? {} : { condition: size }),
  });
  const networks =
    options.networks ??
    mlp({
      image,
      features: scheme.featureShape,
      latent: scheme.latentShape,
      outputChannels: likelihood.parametersPerChannel,
      condition: size,
      hidden: [16],
      seed,
    });
  return createModel({
    kind: "small",
    options: {
      seed,
      prior,
      latent,
      likelihood: likelihood.options,
      ...(condition === undefined ? {} : { condition: { ...condition } }),
    },
    image,
    scheme,
    ...networks,
    likelihood,
    ...(weights === undefined ? {} : { weights }),
    ...(condition === undefined ? {} : { condition }),
    seed,
    compute: { engine: "eager" },
  });
}

export const smallKind: ModelKind<GaussianPosterior> = {
  kind: "small",
  build: (options, networks) => smallModel({ ...(options as SmallOptions), networks }),
};

/** Images with one bright bar each, in a column given by the label, as bytes. */
export function bars(count: number, seed = 5): Examples & { labels: Uint8Array } {
  const random = new Random(seed);
  const data = new Uint8Array(count * 64);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    const column = random.integer(4);
    labels[n] = column;
    for (let i = 0; i < 64; i++) {
      const lit = Math.floor((i % 8) / 2) === column;
      data[n * 64 + i] = lit ? 200 + random.integer(56) : random.integer(40);
    }
  }
  return { data, shape: [count, 8, 8, 1], labels };
}
