import { assertInteger, assertKnownOptions } from "../arguments.ts";
import { withCondition } from "./conv.ts";
import { assertDivisible, commonHalvings } from "./halvings.ts";
import { checkNetworkOptions, networkKeys } from "./network.ts";
import type { NetworkOptions, Networks } from "./network.ts";
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

/**
 * The residual networks of the VQ-VAE: 4x4 convolutions of stride 2, a 3x3 convolution, residual blocks
 * `x + conv1x1(relu(conv3x3(relu(x))))`, a ReLU, and 1x1 to the features; the decoder mirrors it with transposed convolutions.
 *
 * Latents are maps `[h, w, D]`, whose size sets the number of convolutions of stride 2. For vectors there are two of them, and dense layers between.
 * Source: van den Oord et al. 2017, section 4.1 (arXiv:1711.00937), with the widths 128 and 32 of the authors' example in Sonnet.
 *
 * @throws TypeError or RangeError when an option is unknown, missing or out of range, or the image side is not divisible by the strides
 */
export function resnet(options: ResnetOptions): Networks {
  const fn = "resnet";
  assertKnownOptions(fn, options, [...networkKeys, "width", "blocks", "residualWidth"]);
  const { width = 128, blocks = 2, residualWidth = 32 }: ResnetOptions = options;
  const checked = checkNetworkOptions(fn, options);
  const { image, features, latent, outputChannels, condition, seed } = checked;
  assertInteger({ fn, name: "width" }, width, { min: 2 });
  if (width % 2 !== 0) throw new RangeError(`${fn}: width must be even, got ${width}`);
  assertInteger({ fn, name: "blocks" }, blocks, { min: 0 });
  assertInteger({ fn, name: "residualWidth" }, residualWidth, { min: 1 });
  const halvings = commonHalvings(fn, image, checked) ?? 2;
  assertDivisible(fn, image, halvings);
  const outer = width / 2;
  const smallest = [image[0] / 2 ** halvings, image[1] / 2 ** halvings];

  const encoder = new NetworkBuilder("encoder", withCondition(image, condition));
  for (let i = 0; i < halvings; i++) {
    const size = i === 0 && halvings > 1 ? outer : width;
    encoder.conv({ name: `down${i + 1}`, size, kernel: 4, stride: 2 });
  }
  addResidualStack(encoder, { width, blocks, residualWidth });
  if (features.length === 3) {
    encoder.conv({ name: "features", size: features[2], kernel: 1, activation: "linear" });
  } else {
    encoder.flatten().dense({ name: "features", size: features[0], activation: "linear" });
  }

  const decoder = new NetworkBuilder("decoder", withCondition(latent, condition));
  if (latent.length === 1) {
    decoder.denseTo([...smallest, width], { name: "maps" });
  }
  addResidualStack(decoder, { width, blocks, residualWidth });
  for (let i = 0; i < halvings - 1; i++) {
    const size = i === halvings - 2 ? outer : width;
    decoder.transposedConv({ name: `up${i + 1}`, size, kernel: 4, stride: 2 });
  }
  decoder.pixels(outputChannels);
  return { encoder: encoder.finish(seed), decoder: decoder.finish(seed) };
}

/** A 3x3 convolution, residual blocks, and the ReLU that the last block leaves out. */
function addResidualStack(
  network: NetworkBuilder,
  options: { readonly width: number; readonly blocks: number; readonly residualWidth: number },
): void {
  const { width, blocks, residualWidth } = options;
  network.conv({ name: "conv", size: width, kernel: 3, activation: "linear", start: "relu" });
  for (let i = 0; i < blocks; i++) {
    network.residual({ name: `residual${i + 1}`, width: residualWidth });
  }
  network.relu("relu");
}
