import { describeValue } from "@elbo/common";
import type { JsonObject } from "../json.ts";
import { createRegistry } from "../step/registry.ts";
import { bernoulliLikelihood } from "./bernoulli.ts";
import type { BernoulliLikelihoodOptions } from "./bernoulli.ts";
import { categoricalLikelihood } from "./categorical.ts";
import type { CategoricalLikelihoodOptions } from "./categorical.ts";
import { countLikelihood } from "./count.ts";
import { discretizedLogisticLikelihood } from "./discretizedLogistic.ts";
import type { DiscretizedLogisticLikelihoodOptions } from "./discretizedLogistic.ts";
import { gaussianLikelihood } from "./gaussian.ts";
import type { GaussianLikelihoodOptions } from "./gaussian.ts";
import type { Likelihood } from "./likelihood.ts";
import { ordinalLikelihood } from "./ordinal.ts";
import type { OrdinalLikelihoodOptions } from "./ordinal.ts";
import { withMissing } from "./withMissing.ts";

/** Makes a likelihood of its kind for a shape; `options` may come from a file. */
export type LikelihoodMaker = (shape: readonly number[], options: JsonObject) => Likelihood;

/** The likelihoods that can be named. */
export const likelihoodMakers = createRegistry<LikelihoodMaker>("likelihood", {
  bernoulli: bernoulliLikelihood,
  gaussian: gaussianLikelihood,
  "discretized-logistic": discretizedLogisticLikelihood,
  categorical: (shape, options) =>
    categoricalLikelihood(shape, options as unknown as CategoricalLikelihoodOptions),
  ordinal: (shape, options) =>
    ordinalLikelihood(shape, options as unknown as OrdinalLikelihoodOptions),
  count: countLikelihood,
  "with-missing": (shape, { of }) =>
    withMissing(createLikelihood(of as unknown as LikelihoodChoice, shape)),
});

/** Lets a kind of likelihood be named in factories and loaded with models. */
export function registerLikelihood(kind: string, make: LikelihoodMaker): void {
  likelihoodMakers.register(kind, make);
}

/** What factories take as likelihood: a registered kind with its defaults, or with options, or one that is made already. */
export type LikelihoodChoice =
  | "bernoulli"
  | "gaussian"
  | "discretized-logistic"
  | "count"
  | ({ readonly kind: "bernoulli" } & BernoulliLikelihoodOptions)
  | ({ readonly kind: "gaussian" } & GaussianLikelihoodOptions)
  | ({ readonly kind: "discretized-logistic" } & DiscretizedLogisticLikelihoodOptions)
  | ({ readonly kind: "categorical" } & CategoricalLikelihoodOptions)
  | { readonly kind: "count" }
  | ({ readonly kind: "ordinal" } & OrdinalLikelihoodOptions)
  | Likelihood;

const isLikelihood = (value: object): value is Likelihood =>
  "distribution" in value && "reader" in value && "column" in value;

/**
 * The likelihood of a choice, for a shape.
 *
 * @param given `"bernoulli"`, `{ kind: "gaussian", scale: "pixel" }`, or a likelihood made for that shape
 * @param shape of the column per example: `[28, 28, 1]`
 * @throws TypeError or RangeError when the kind or an option is unknown, or a given likelihood is made for another shape
 */
export function createLikelihood(given: LikelihoodChoice, shape: readonly number[]): Likelihood {
  const fn = "createLikelihood";
  const choice: unknown = typeof given === "string" ? { kind: given } : given;
  if (typeof choice !== "object" || choice === null) {
    throw new TypeError(
      `${fn}: likelihood must be a name, an object with a kind, or a likelihood, got ${describeValue(given)}`,
    );
  }
  if (!isLikelihood(choice)) {
    const { kind, ...options } = choice as { readonly kind?: unknown };
    return likelihoodMakers.find(fn, kind)(shape, options);
  }
  const own = choice.column.shape;
  if (own.length !== shape.length || own.some((size, i) => size !== shape[i])) {
    throw new RangeError(
      `${fn}: the likelihood must be made for the shape [${shape.join(", ")}], got one for [${own.join(", ")}]`,
    );
  }
  return choice;
}

/** A likelihood as JSON, `{ kind, ...options }`: what {@link createLikelihood} makes an equal one from. */
export const likelihoodJson = ({ kind, options = {} }: Likelihood): JsonObject => ({
  kind,
  ...options,
});
