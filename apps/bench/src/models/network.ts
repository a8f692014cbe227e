import type { ImageModelOptions, JsonObject } from "@elbo/core";
import type { ModelSetting } from "./modelCase.ts";

/** The options that every factory shares: the protocol's networks, for the images at hand, from the seed. */
function sharedOptions({ protocol, image, seed }: ModelSetting): ImageModelOptions {
  const { network, widths, engine, threads, likelihood } = protocol;
  return {
    image,
    seed,
    engine,
    threads,
    likelihood:
      likelihood === "grey-bernoulli" ? { kind: "bernoulli", binarize: "none" } : likelihood,
    network: network === "mlp" ? { kind: "mlp", hidden: widths } : { kind: "conv", widths },
  };
}

/** The options of a factory: what all models share, and the model's own over it. The factory checks what a file says. */
export function withOptions<T extends ImageModelOptions>(
  setting: ModelSetting,
  options: JsonObject,
): T {
  return { ...sharedOptions(setting), ...options } as T;
}
