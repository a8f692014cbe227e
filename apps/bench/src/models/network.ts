import type { ImageModelOptions, JsonObject, LikelihoodChoice } from "@elbo/core";
import type { LikelihoodName } from "../configuration/protocol.ts";
import type { ModelSetting } from "./modelCase.ts";

/** The options that every factory shares: the protocol's networks, for the images at hand, from the seed. */
function sharedOptions({ protocol, image, seed }: ModelSetting): ImageModelOptions {
  const { network, widths, engine, threads, likelihood } = protocol;
  return {
    image,
    seed,
    engine,
    threads,
    likelihood: likelihoodOf(likelihood),
    network: network === "mlp" ? { kind: "mlp", hidden: widths } : { kind: "conv", widths },
  };
}

/** The likelihood of a name; images are binarized knowingly here. */
function likelihoodOf(name: LikelihoodName): LikelihoodChoice {
  if (name === "bernoulli") return { kind: "bernoulli", binarize: "dynamic" };
  return name === "grey-bernoulli" ? { kind: "bernoulli", binarize: "none" } : name;
}

/** The options of a factory: what all models share, and the model's own over it. The factory checks what a file says. */
export function withOptions<T extends ImageModelOptions>(
  setting: ModelSetting,
  options: JsonObject,
): T {
  return { ...sharedOptions(setting), ...options } as T;
}
