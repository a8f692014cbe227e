import type { Injection } from "./injection.ts";
import type { CheckedShapes } from "./network.ts";

/** How a condition enters convolutional networks; `undefined` where it joins the input itself. */
export interface WaysIn {
  readonly encoder: Injection | undefined;
  readonly decoder: Injection | undefined;
}

/**
 * The ways into convolutional networks, those that are the input's own as `undefined`: maps beside an image or beside maps of
 * latents, values after a vector of latents.
 *
 * @throws RangeError for values that are to join a vector where there is none
 */
export function waysIn(fn: string, { inject, features, latent, condition }: CheckedShapes): WaysIn {
  if (condition === 0) return { encoder: undefined, decoder: undefined };
  refuseWithoutVector(fn, { name: "encoder", way: inject.encoder, shape: features });
  refuseWithoutVector(fn, { name: "decoder", way: inject.decoder, shape: latent });
  const decoders = latent.length > 1 ? "maps" : "concatenate";
  return {
    encoder: inject.encoder === "maps" ? undefined : inject.encoder,
    decoder: inject.decoder === decoders ? undefined : inject.decoder,
  };
}

function refuseWithoutVector(
  fn: string,
  given: {
    readonly name: string;
    readonly way: Injection | undefined;
    readonly shape: readonly number[];
  },
): void {
  const { name, way, shape } = given;
  if (way !== "concatenate" || shape.length === 1) return;
  throw new RangeError(
    `${fn}: inject of the ${name} must be "maps" or "film" where it is all maps, got "concatenate" for [${shape.join(", ")}]`,
  );
}
