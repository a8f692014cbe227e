import {
  computeOf,
  createLikelihood,
  createModel,
  elbo,
  gaussian,
  mlp,
  reparameterized,
} from "../../src/index.ts";
import type {
  BoundFigure,
  Condition,
  JsonObject,
  LatentModel,
  LikelihoodChoice,
  ModelKind,
  NdArray,
  Networks,
  Objective,
  Schedules,
} from "../../src/index.ts";

export { bars } from "./bars.ts";

export interface SmallOptions {
  readonly seed?: number;
  readonly likelihood?: LikelihoodChoice;
  readonly condition?: Condition;
  /** Of the terms `distortion` and `rate`. */
  readonly weights?: Schedules;
  /** In the place of the ELBO. */
  readonly objective?: Objective;
  readonly networks?: Networks;
  readonly latent?: number;
}

export type SmallModel = LatentModel<NdArray, BoundFigure>;

/** A Gaussian model of 8x8 images with two latents and 16 hidden units. */
export function smallModel(options: SmallOptions = {}): SmallModel {
  const { seed = 1, condition, weights, latent = 2 } = options;
  const example = { x: createLikelihood(options.likelihood ?? "bernoulli", [8, 8, 1]) };
  const latents = reparameterized({ size: latent, posterior: gaussian });
  const parts = { example, latents, seed, ...(condition === undefined ? {} : { condition }) };
  return createModel({
    kind: "small",
    options: { seed, latent, likelihood: (options.likelihood ?? "bernoulli") as string },
    ...parts,
    networks: options.networks ?? mlp({ ...parts, hidden: [16] }),
    objective: options.objective ?? elbo(weights === undefined ? {} : { weights }),
    compute: computeOf({ engine: "eager" }),
  });
}

export const smallKind: ModelKind<SmallModel> = {
  kind: "small",
  build: (options: JsonObject, networks: Networks) =>
    smallModel({ ...(options as SmallOptions), networks }),
};
