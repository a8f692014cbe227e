import type { JsonObject, JsonValue } from "@elbo/core";
import type { LikelihoodName, Protocol } from "../configuration/protocol.ts";

/** What a model is made for: the protocol that all share, the data it will see, and its seed. */
export interface ModelSetting {
  readonly protocol: Protocol;
  /** `[height, width, channels]`. */
  readonly image: readonly number[];
  /** Number of classes; 0 for data without labels. */
  readonly classes: number;
  readonly seed: number;
}

/** The options that every factory shares: the protocol's networks, for the images at hand, from the seed. */
export function sharedOptions({ protocol, image, seed }: ModelSetting): JsonObject {
  const { network, widths, engine, threads, likelihood } = protocol;
  return {
    image,
    seed,
    engine,
    threads,
    likelihood: likelihoodOf(likelihood),
    network: networkOf(network, widths),
  };
}

function networkOf(network: Protocol["network"], widths: readonly number[]): JsonValue {
  if (typeof network === "object") return network;
  return network === "mlp" ? { kind: "mlp", hidden: widths } : { kind: "conv", widths };
}

/** The likelihood of a name as factories take it; images are binarized knowingly here. */
export function likelihoodOf(name: LikelihoodName): JsonValue {
  if (name === "bernoulli") return { kind: "bernoulli", binarize: "dynamic" };
  return name === "grey-bernoulli" ? { kind: "bernoulli", binarize: "none" } : name;
}
