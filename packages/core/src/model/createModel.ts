import type { ModelDefinition } from "./definition.ts";
import { LatentModel } from "./latentModel.ts";

/**
 * Puts encoder, latent scheme, decoder and likelihood together to a model.
 *
 * The model owns what it is given: `dispose()` frees the networks' and the scheme's variables.
 *
 * @param definition see {@link ModelDefinition}
 * @throws RangeError or TypeError when the networks' shapes do not fit, or an option is unknown or out of range
 */
export function createModel<P>(definition: ModelDefinition<P>): LatentModel<P> {
  return new LatentModel(definition);
}
