import type * as tfl from "@tensorflow/tfjs-layers";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { Networks } from "../step/part.ts";
import { commonHalvings, defaultHalvings, layoutOf, sizesOf } from "./grids.ts";
import { waysIn } from "./waysIn.ts";
import { checkShapes, initializerRule, shapeOptions } from "./network.ts";
import type { NetworkOptions, NetworkShapes } from "./network.ts";
import { NetworkBuilder } from "./networkBuilder.ts";

/** Options of {@link resnet}. */
export interface ResnetOptions extends NetworkOptions {
  /** Channels of the maps, even, default 128; the outermost convolutions have half as many. */
  readonly width?: number;
  /** Number of residual blocks, default 2. */
  readonly blocks?: number;
  /** Channels inside a residual block, default 32. */
  readonly residualWidth?: number;
}

const options = {
  ...shapeOptions,
  width: {
    rule: rules.integer({ min: 2 }),
    default: 128,
    doc: "channels of the maps, even; the outermost have half as many",
  },
  blocks: { rule: rules.integer({ min: 0 }), default: 2, doc: "number of residual blocks" },
  residualWidth: {
    rule: rules.integer({ min: 1 }),
    default: 32,
    doc: "channels inside a residual block",
  },
  initializer: { rule: initializerRule, default: "he", doc: "how weights start" },
} satisfies OptionTable<NetworkShapes & ResnetOptions>;

/**
 * The residual networks of the VQ-VAE: 4x4 convolutions of stride 2, a 3x3 convolution, residual blocks
 * `x + conv1x1(relu(conv3x3(relu(x))))`, a ReLU, and 1x1 to the features; the decoder mirrors it with transposed convolutions.
 *
 * Any size of image `[h, w, c]` or signal `[length, c]`: a layer of stride 2 halves and rounds up, and the decoder's doubles and
 * crops the last row or column where the size was odd. Latents are maps, whose size sets the number of layers of stride 2; for
 * vectors there are as many as leave fewer than 64 places, and a dense layer on either side.
 * Source: van den Oord et al. 2017, section 4.1 (arXiv:1711.00937), with the widths 128 and 32 of the authors' example in Sonnet.
 *
 * @throws TypeError or RangeError when an option is unknown, missing or out of range, or the example is neither image nor signal
 */
export function resnet(given: NetworkShapes & ResnetOptions): Networks {
  const plan = planOf(given);
  return { encoder: encoderOf(plan), decoder: decoderOf(plan) };
}

/** The encoder of {@link resnet} alone. */
export const resnetEncoder = (given: NetworkShapes & ResnetOptions): tfl.LayersModel =>
  encoderOf(planOf(given));

type Plan = ReturnType<typeof planOf>;

function planOf(given: NetworkShapes & ResnetOptions) {
  const fn = "resnet";
  const { width, blocks, residualWidth, initializer } = readOptions(fn, options, given);
  if (width % 2 !== 0) throw new RangeError(`${fn}: width must be even, got ${width}`);
  const shapes = checkShapes(fn, given);
  const inject = waysIn(fn, shapes);
  const layout = layoutOf(fn, shapes);
  return {
    ...shapes,
    ...layout,
    inject,
    halvings: commonHalvings(fn, layout, shapes) ?? defaultHalvings(layout.image),
    stack: { width, blocks, residualWidth },
    start: { seed: shapes.seed, initializer },
  };
}

function encoderOf(plan: Plan): tfl.LayersModel {
  const { input, features, condition, inject, isSignal, halvings, stack, start } = plan;
  const encoder = new NetworkBuilder("encoder", input, {
    condition,
    inject: inject.encoder,
    isSignal,
  });
  for (let i = 0; i < halvings; i++) {
    const size = i === 0 && halvings > 1 ? stack.width / 2 : stack.width;
    encoder.conv({ name: `down${i + 1}`, size, kernel: 4, stride: 2 });
  }
  addResidualStack(encoder, stack);
  if (features.length > 1) {
    encoder.conv({
      name: "features",
      size: features[features.length - 1],
      kernel: 1,
      activation: "linear",
    });
    encoder.reshape("shape", features);
  } else {
    encoder
      .flatten()
      .join("condition_values")
      .dense({ name: "features", size: features[0], activation: "linear" });
  }
  return encoder.finish(start);
}

function decoderOf(plan: Plan): tfl.LayersModel {
  const { output, outputChannels, latent, condition, inject, isSignal } = plan;
  const { image, halvings, stack, start } = plan;
  const sizes = sizesOf(image, halvings);
  const decoder = new NetworkBuilder("decoder", latent, {
    condition,
    inject: inject.decoder,
    isSignal,
  });
  if (latent.length === 1) {
    decoder.denseTo([...sizes[halvings], stack.width], { name: "maps" }).join("condition_maps");
  }
  addResidualStack(decoder, stack);
  for (let i = halvings - 1; i > 0; i--) {
    const size = i === 1 ? stack.width / 2 : stack.width;
    decoder.up({ name: `up${halvings - i}`, size, to: sizes[i] });
  }
  decoder.up({ name: "parameters", size: outputChannels, to: sizes[0], activation: "linear" });
  decoder.reshape("shape", output);
  return decoder.finish(start);
}

/** A 3x3 convolution, residual blocks, and the ReLU that the last block leaves out. */
function addResidualStack(
  network: NetworkBuilder,
  options: { readonly width: number; readonly blocks: number; readonly residualWidth: number },
): void {
  const { width, blocks, residualWidth } = options;
  network.conv({ name: "conv", size: width, kernel: 3, activation: "linear", isReluNext: true });
  for (let i = 0; i < blocks; i++) {
    network.residual({ name: `residual${i + 1}`, width: residualWidth });
  }
  network.relu("relu");
}
