/** What the factories of variants have in common: examples of one shape, explained by a likelihood, and networks by a choice. */
import { describeValue, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { JsonObject } from "../json.ts";
import { likelihoodJson } from "../likelihoods/createLikelihood.ts";
import type { LikelihoodChoice } from "../likelihoods/createLikelihood.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import type { NetworkChoice } from "../networks/createNetworks.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOptions } from "../step/computeOptions.ts";

/** The options that every variant has. */
export interface ImageModelOptions extends ComputeOptions {
  /** Shape of an example: `[height, width, channels]`; also `[length, channels]` for signals and `[n]` for vectors. */
  readonly image: readonly number[];
  /** What the values are given the latents; default `"bernoulli"`, binarized anew at every visit. */
  readonly likelihood?: LikelihoodChoice;
  /** A maker by name, with its sizes (`{ kind: "mlp", hidden: [400] }`), a function of the shapes, or networks of one's own. */
  readonly network?: NetworkChoice;
  /** Seeds the initial weights; default 0. */
  readonly seed?: number;
}

/** {@link ImageModelOptions} as a table, to be spread into that of a variant. */
export const imageModelOptions = {
  image: {
    rule: rules.sizes(),
    doc: "shape of an example: [height, width, channels], [length, channels] or [n]",
  },
  likelihood: {
    rule: rules.any<LikelihoodChoice>(),
    default: "bernoulli",
    doc: "what the values are given the latents",
  },
  network: {
    rule: rules.any<NetworkChoice>(),
    default: "mlp",
    doc: "a maker by name, with its sizes, or networks of one's own",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the initial weights" },
  ...computeOptions,
} satisfies OptionTable<ImageModelOptions>;

/** What a variant saves of {@link ImageModelOptions}: with it, its factory makes the model again. */
export const imageModelJson = (model: {
  readonly image: readonly number[];
  readonly likelihood: Likelihood;
  readonly seed: number;
}): JsonObject => ({
  image: [...model.image],
  likelihood: likelihoodJson(model.likelihood),
  seed: model.seed,
});

/**
 * Checks the shape of an example before anything is built from it.
 *
 * @throws TypeError or RangeError when it is not one to three positive integers
 */
export function assertImage(fn: string, image: unknown): asserts image is readonly number[] {
  rules.sizes().read({ fn, name: "image" }, image);
  if ((image as readonly number[]).length <= 3) return;
  throw new RangeError(
    `${fn}: image must be [height, width, channels], [length, channels] or [n], got ${describeValue(image)}`,
  );
}
