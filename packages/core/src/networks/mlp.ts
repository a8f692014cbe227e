import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions } from "../arguments.ts";
import { assertSizes, checkNetworkOptions, networkKeys } from "./network.ts";
import type { NetworkOptions, Networks } from "./network.ts";
import { NetworkBuilder } from "./networkBuilder.ts";

/** Options of {@link mlp}. */
export interface MlpOptions extends NetworkOptions {
  /** Sizes of the encoder's hidden layers, mirrored in the decoder, default `[400]`. */
  readonly hidden?: readonly number[];
}

/**
 * Fully connected networks with ReLU: pixels - hidden - features, and latents - hidden mirrored - pixels.
 *
 * Both inputs are vectors, `[height * width * channels + condition]` and `[latents + condition]`. The default is the 784-400-L network
 * of Kingma and Welling 2014 (arXiv:1312.6114) for 28x28 images.
 *
 * @throws TypeError or RangeError when an option is unknown, missing or out of range
 */
export function mlp(options: MlpOptions): Networks {
  const fn = "mlp";
  assertKnownOptions(fn, options, [...networkKeys, "hidden"]);
  const { hidden = [400] }: MlpOptions = options;
  const { image, features, latent, outputChannels, condition, seed } = checkNetworkOptions(
    fn,
    options,
  );
  assertSizes({ fn, name: "hidden" }, hidden);
  const size = tf.util.sizeFromShape;

  const encoder = new NetworkBuilder("encoder", [size([...image]) + condition]);
  hidden.forEach((units, i) => encoder.dense({ name: `dense${i + 1}`, size: units }));
  encoder.denseTo(features, { name: "features", activation: "linear" });

  const output = [image[0], image[1], outputChannels];
  const decoder = new NetworkBuilder("decoder", [size([...latent]) + condition]);
  hidden.toReversed().forEach((units, i) => decoder.dense({ name: `dense${i + 1}`, size: units }));
  decoder.denseTo(output, { name: "pixels", activation: "linear" });

  return { encoder: encoder.finish(seed), decoder: decoder.finish(seed) };
}
