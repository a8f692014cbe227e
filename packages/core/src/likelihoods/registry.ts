import type { JsonObject } from "../json.ts";
import { createRegistry } from "../step/registry.ts";
import type { Likelihood } from "./likelihood.ts";

/** Makes a likelihood of its kind for a shape; `options` may come from a file. */
export type LikelihoodMaker = (shape: readonly number[], options: JsonObject) => Likelihood;

/** The likelihoods that can be named; each registers itself. */
export const likelihoodMakers = createRegistry<LikelihoodMaker>("likelihood");

/** Lets a kind of likelihood be named in factories and loaded with models; its own file does it. */
export function registerLikelihood(kind: string, make: LikelihoodMaker): void {
  likelihoodMakers.register(kind, make);
}
