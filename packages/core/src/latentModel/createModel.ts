import type { NdArray } from "@elbo/jit";
import type { ModelDefinition } from "../model/definition.ts";
import { LatentModel } from "./latentModel.ts";

/**
 * Puts an example's likelihoods, latents, networks and an objective together into a model.
 *
 * The model owns what it is given: `dispose()` frees the variables of networks and parts.
 *
 * @param definition see {@link ModelDefinition}
 * @throws RangeError or TypeError when parts do not fit one another, or an option is unknown or out of range
 */
export function createModel<
  Code = NdArray,
  Figure extends string = never,
  Shown = NdArray<Float32Array>,
>(definition: ModelDefinition): LatentModel<Code, Figure, Shown> {
  return new LatentModel(definition);
}
