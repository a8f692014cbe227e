import type * as tfl from "@tensorflow/tfjs-layers";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { sizeOf } from "../shape.ts";
import type { Networks } from "../step/part.ts";
import type { Injection } from "./injection.ts";
import { checkShapes, initializerRule, shapeOptions } from "./network.ts";
import type { NetworkOptions, NetworkShapes } from "./network.ts";
import { NetworkBuilder } from "./networkBuilder.ts";

/** Options of {@link mlp}. */
export interface MlpOptions extends NetworkOptions {
  /** Sizes of the encoder's hidden layers, mirrored in the decoder, default `[400]`. */
  readonly hidden?: readonly number[];
}

const options = {
  ...shapeOptions,
  hidden: {
    rule: rules.sizes(),
    default: [400],
    doc: "sizes of the encoder's hidden layers, mirrored in the decoder",
  },
  initializer: { rule: initializerRule, default: "fan-in", doc: "how weights start" },
} satisfies OptionTable<NetworkShapes & MlpOptions>;

/**
 * Fully connected networks with ReLU: values - hidden - features, and latents - hidden mirrored - parameters, of any examples.
 *
 * Both inputs are vectors: all values and the condition, all latents and the condition (with `inject: "film"` the condition is a
 * second input that scales and shifts the hidden layers). The default is the 784-400-L network
 * of Kingma and Welling 2014 (arXiv:1312.6114) for 28x28 images.
 *
 * @throws TypeError or RangeError when an option is unknown, missing or out of range
 */
export function mlp(given: NetworkShapes & MlpOptions): Networks {
  const plan = planOf(given);
  return { encoder: encoderOf(plan), decoder: decoderOf(plan) };
}

/** The encoder of {@link mlp} alone. */
export const mlpEncoder = (given: NetworkShapes & MlpOptions): tfl.LayersModel =>
  encoderOf(planOf(given));

type Plan = ReturnType<typeof planOf>;

function planOf(given: NetworkShapes & MlpOptions) {
  const { hidden, initializer } = readOptions("mlp", options, given);
  const shapes = checkShapes("mlp", given);
  for (const [name, way] of Object.entries(shapes.inject)) {
    if (way !== "maps") continue;
    throw new RangeError(
      `mlp: inject of the ${name} must be "concatenate" or "film" in networks without maps, got "maps"`,
    );
  }
  return { ...shapes, hidden, start: { seed: shapes.seed, initializer } };
}

const filmOnly = (way: Injection | undefined): "film" | undefined =>
  way === "film" ? way : undefined;

function encoderOf({ input, features, condition, inject, hidden, start }: Plan): tfl.LayersModel {
  const encoder = new NetworkBuilder("encoder", [sizeOf(input)], {
    condition,
    inject: filmOnly(inject.encoder),
  });
  hidden.forEach((units, i) => encoder.dense({ name: `dense${i + 1}`, size: units }));
  encoder.denseTo(features, { name: "features", activation: "linear" });
  return encoder.finish(start);
}

function decoderOf({ output, latent, condition, inject, hidden, start }: Plan): tfl.LayersModel {
  const decoder = new NetworkBuilder("decoder", [sizeOf(latent)], {
    condition,
    inject: filmOnly(inject.decoder),
  });
  hidden.toReversed().forEach((units, i) => decoder.dense({ name: `dense${i + 1}`, size: units }));
  decoder.denseTo(output, { name: "parameters", activation: "linear" });
  return decoder.finish(start);
}
