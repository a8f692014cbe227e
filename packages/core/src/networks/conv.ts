import type * as tfl from "@tensorflow/tfjs-layers";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { Networks } from "../step/part.ts";
import { commonHalvings, defaultHalvings, layoutOf, sizesOf } from "./grids.ts";
import { waysIn } from "./waysIn.ts";
import { checkShapes, initializerRule, shapeOptions } from "./network.ts";
import type { NetworkOptions, NetworkShapes } from "./network.ts";
import { NetworkBuilder } from "./networkBuilder.ts";

/** Options of {@link conv}. */
export interface ConvOptions extends NetworkOptions {
  /** Channels of the stride-2 convolutions; as many as halve the example to fewer than 64 places unless given, 32 in the first half and 64 in the rest. */
  readonly widths?: readonly number[];
  /** Sizes of the dense layers between maps and vectors, default `[256]`; unused where features or latents are maps. */
  readonly hidden?: readonly number[];
}

const options = {
  ...shapeOptions,
  widths: {
    rule: rules.sizes(),
    default: undefined,
    shown: "32, then 64",
    doc: "channels of the stride-2 convolutions; as many as leave fewer than 64 places",
  },
  hidden: {
    rule: rules.sizes(),
    default: [256],
    doc: "sizes of the dense layers between maps and vectors",
  },
  initializer: { rule: initializerRule, default: "he", doc: "how weights start" },
} satisfies OptionTable<NetworkShapes & ConvOptions>;

/**
 * Stacks of convolutions of stride 2 with ReLU, 4x4 (images) or 4 (signals `[length, channels]`), and transposed ones back.
 *
 * Any size: a layer of stride 2 halves and rounds up, and the decoder's doubles and crops the last row or column where
 * the size was odd. For vectors of latents, dense layers follow the maps: 64x64 images with the defaults give the network
 * 32-32-64-64, dense 256 of the disentanglement studies (Locatello et al. 2019, appendix B, arXiv:1811.12359, there with 2x2 kernels
 * in the last two convolutions of the encoder). For maps of latents, the last convolution is 1x1 and the first of the
 * decoder 3x3.
 *
 * @throws TypeError or RangeError when an option is unknown, missing or out of range, or the example is neither image nor signal
 */
export function conv(given: NetworkShapes & ConvOptions): Networks {
  const plan = planOf(given);
  return { encoder: encoderOf(plan), decoder: decoderOf(plan) };
}

/** The encoder of {@link conv} alone. */
export const convEncoder = (given: NetworkShapes & ConvOptions): tfl.LayersModel =>
  encoderOf(planOf(given));

type Plan = ReturnType<typeof planOf>;

function planOf(given: NetworkShapes & ConvOptions) {
  const fn = "conv";
  const { hidden, widths: givenWidths, initializer } = readOptions(fn, options, given);
  const shapes = checkShapes(fn, given);
  const inject = waysIn(fn, shapes);
  const layout = layoutOf(fn, shapes);
  const fixed = commonHalvings(fn, layout, shapes);
  const widths = givenWidths ?? defaultWidths(fixed ?? defaultHalvings(layout.image));
  if (fixed !== undefined && widths.length !== fixed) {
    throw new RangeError(
      `${fn}: widths must have ${fixed} values to give maps of that size, got ${widths.length}`,
    );
  }
  return {
    ...shapes,
    ...layout,
    inject,
    hidden,
    widths,
    start: { seed: shapes.seed, initializer },
  };
}

function encoderOf(plan: Plan): tfl.LayersModel {
  const { input, features, condition, inject, isSignal, widths, hidden, start } = plan;
  const encoder = new NetworkBuilder("encoder", input, {
    condition,
    inject: inject.encoder,
    isSignal,
  });
  widths.forEach((size, i) => encoder.conv({ name: `conv${i + 1}`, size, kernel: 4, stride: 2 }));
  if (features.length > 1) {
    encoder.conv({
      name: "features",
      size: features[features.length - 1],
      kernel: 1,
      activation: "linear",
    });
    encoder.reshape("shape", features);
  } else {
    encoder.flatten().join("condition_values");
    hidden.forEach((size, i) => encoder.dense({ name: `dense${i + 1}`, size }));
    encoder.dense({ name: "features", size: features[0], activation: "linear" });
  }
  return encoder.finish(start);
}

function decoderOf(plan: Plan): tfl.LayersModel {
  const { output, outputChannels, latent, condition, inject, isSignal } = plan;
  const { image, widths, hidden, start } = plan;
  const sizes = sizesOf(image, widths.length);
  const lastWidth = widths[widths.length - 1];
  const decoder = new NetworkBuilder("decoder", latent, {
    condition,
    inject: inject.decoder,
    isSignal,
  });
  if (latent.length > 1) {
    decoder.conv({ name: "conv1", size: lastWidth, kernel: 3 });
  } else {
    hidden.toReversed().forEach((size, i) => decoder.dense({ name: `dense${i + 1}`, size }));
    decoder.denseTo([...sizes[widths.length], lastWidth], { name: "maps" }).join("condition_maps");
  }
  for (let i = widths.length - 1; i > 0; i--) {
    decoder.up({ name: `up${widths.length - i}`, size: widths[i - 1], to: sizes[i] });
  }
  decoder.up({ name: "parameters", size: outputChannels, to: sizes[0], activation: "linear" });
  decoder.reshape("shape", output);
  return decoder.finish(start);
}

function defaultWidths(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (i < count / 2 ? 32 : 64));
}
