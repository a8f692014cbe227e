import type { JsonObject, Quantizer } from "@elbo/core";

/** A quantizer as JSON, `{ kind, ...options }`: what `createQuantizer` makes an equal one from. */
export const quantizerJson = ({ kind, options = {} }: Quantizer): JsonObject => ({
  kind,
  ...options,
});
