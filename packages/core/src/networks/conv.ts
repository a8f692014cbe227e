import { assertKnownOptions } from "../arguments.ts";
import { assertDivisible, commonHalvings } from "./halvings.ts";
import { assertSizes, checkNetworkOptions, networkKeys } from "./network.ts";
import type { NetworkOptions, Networks } from "./network.ts";
import { NetworkBuilder } from "./networkBuilder.ts";

/** Options of {@link conv}. */
export interface ConvOptions extends NetworkOptions {
  /** Channels of the stride-2 convolutions; as many as halve the image down to 4 to 7 pixels unless given, 32 in the first half and 64 in the rest. */
  readonly widths?: readonly number[];
  /** Sizes of the dense layers between maps and vectors, default `[256]`; unused where features or latents are maps. */
  readonly hidden?: readonly number[];
}

/**
 * Stacks of 4x4 convolutions of stride 2 with ReLU, and transposed ones back, channels last.
 *
 * For vectors of latents, dense layers follow the maps: 64x64 images with the defaults give the network 32-32-64-64, dense 256 of the
 * disentanglement studies (Locatello et al. 2019, appendix B, arXiv:1811.12359, there with 2x2 kernels in the last two convolutions of the encoder).
 * For maps of latents, the last convolution is 1x1 and the first of the decoder 3x3.
 *
 * @throws TypeError or RangeError when an option is unknown, missing or out of range, or the image side is not divisible by the strides
 */
export function conv(options: ConvOptions): Networks {
  const fn = "conv";
  assertKnownOptions(fn, options, [...networkKeys, "widths", "hidden"]);
  const { hidden = [256], widths: givenWidths }: ConvOptions = options;
  const checked = checkNetworkOptions(fn, options);
  const { image, features, latent, outputChannels, condition, seed } = checked;
  assertSizes({ fn, name: "hidden" }, hidden);
  if (givenWidths !== undefined) assertSizes({ fn, name: "widths" }, givenWidths);
  const halvings = commonHalvings(fn, image, checked);
  const widths = givenWidths ?? defaultWidths(halvings ?? defaultHalvings(image));
  assertDivisible(fn, image, widths.length);
  if (halvings !== undefined && widths.length !== halvings) {
    throw new RangeError(
      `${fn}: widths must have ${halvings} values to give maps of that size, got ${widths.length}`,
    );
  }
  const divisor = 2 ** widths.length;
  const smallest = [image[0] / divisor, image[1] / divisor];

  const encoder = new NetworkBuilder("encoder", withCondition(image, condition));
  widths.forEach((size, i) => encoder.conv({ name: `conv${i + 1}`, size, kernel: 4, stride: 2 }));
  if (features.length === 3) {
    encoder.conv({ name: "features", size: features[2], kernel: 1, activation: "linear" });
  } else {
    encoder.flatten();
    hidden.forEach((size, i) => encoder.dense({ name: `dense${i + 1}`, size }));
    encoder.dense({ name: "features", size: features[0], activation: "linear" });
  }

  const lastWidth = widths[widths.length - 1];
  const decoder = new NetworkBuilder("decoder", withCondition(latent, condition));
  if (latent.length === 3) {
    decoder.conv({ name: "conv1", size: lastWidth, kernel: 3 });
  } else {
    hidden.toReversed().forEach((size, i) => decoder.dense({ name: `dense${i + 1}`, size }));
    decoder.denseTo([...smallest, lastWidth], { name: "maps" });
  }
  widths
    .slice(0, -1)
    .toReversed()
    .forEach((size, i) =>
      decoder.transposedConv({ name: `up${i + 1}`, size, kernel: 4, stride: 2 }),
    );
  decoder.pixels(outputChannels);
  return { encoder: encoder.finish(seed), decoder: decoder.finish(seed) };
}

/** A shape with the condition as further channels. */
export function withCondition(shape: readonly number[], condition: number): readonly number[] {
  return [...shape.slice(0, -1), shape[shape.length - 1] + condition];
}

/** Halves while both sides stay even and at least 4: 28 to 7, 32 to 4, 64 to 4; at least once, which {@link assertDivisible} may refuse. */
function defaultHalvings([height, width]: readonly number[]): number {
  let halvings = 0;
  for (
    let h = height, w = width;
    h % 2 === 0 && w % 2 === 0 && Math.min(h, w) >= 8;
    h /= 2, w /= 2
  ) {
    halvings++;
  }
  return Math.max(halvings, 1);
}

function defaultWidths(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (i < count / 2 ? 32 : 64));
}
