import type * as tfl from "@tensorflow/tfjs-layers";
import { assertInteger, describeValue } from "../arguments.ts";

/** The two networks of a model. The caller disposes of them. */
export interface Networks {
  readonly encoder: tfl.LayersModel;
  readonly decoder: tfl.LayersModel;
}

/** What every builder of networks needs to know. */
export interface NetworkOptions {
  /** `[height, width, channels]` of the images. */
  readonly image: readonly number[];
  /** What the encoder gives per example: `[n]`, or `[h, w, n]`. */
  readonly features: readonly number[];
  /** What the decoder takes per example, without the condition: `[L]`, or `[h, w, D]`. */
  readonly latent: readonly number[];
  /** Channels of the decoder's output `[height, width, outputChannels]`: those of the image times the likelihood's parameters. */
  readonly outputChannels: number;
  /** Size of the condition: that many more channels of both inputs, default 0. */
  readonly condition?: number;
  /** Seed of the initial weights. */
  readonly seed: number;
}

export const networkKeys = [
  "image",
  "features",
  "latent",
  "outputChannels",
  "condition",
  "seed",
] as const;

/** {@link NetworkOptions} with the default filled in. */
export interface CheckedOptions extends NetworkOptions {
  readonly condition: number;
}

/**
 * Checks what all builders share.
 *
 * @throws TypeError or RangeError when an option is missing or out of range
 */
export function checkNetworkOptions(fn: string, options: NetworkOptions): CheckedOptions {
  const { image, features, latent, outputChannels, condition = 0, seed } = options;
  assertSizes({ fn, name: "image" }, image);
  if (image.length !== 3) {
    throw new RangeError(
      `${fn}: image must be [height, width, channels], got ${describeValue(image)}`,
    );
  }
  assertSizes({ fn, name: "features" }, features);
  assertSizes({ fn, name: "latent" }, latent);
  assertInteger({ fn, name: "outputChannels" }, outputChannels, { min: 1 });
  assertInteger({ fn, name: "condition" }, condition, { min: 0 });
  assertInteger({ fn, name: "seed" }, seed);
  return { image, features, latent, outputChannels, condition, seed };
}

/**
 * Refuses what is not a list of positive integers.
 *
 * @throws TypeError for what is no list, RangeError for an empty list or a size below 1
 */
export function assertSizes(
  { fn, name }: { readonly fn: string; readonly name: string },
  sizes: readonly number[],
): void {
  const isList = Array.isArray(sizes);
  if (isList && sizes.length > 0 && sizes.every((size) => Number.isSafeInteger(size) && size > 0)) {
    return;
  }
  const message = `${fn}: ${name} must be a list of positive integers, got ${describeValue(sizes)}`;
  throw isList ? new RangeError(message) : new TypeError(message);
}
