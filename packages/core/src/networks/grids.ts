/** @file Sizes of maps on their way through layers of stride 2, which round up; decoders go the same sizes back and crop. */
import { describeValue } from "@elbo/common";
import type { CheckedShapes } from "./network.ts";

/** Images `[h, w, c]` as they are; signals `[length, c]` as images of width 1, with kernels as long as they are wide for images. */
export interface MapLayout {
  /** `[h, w, c]` of the encoder's input, without the condition. */
  readonly image: readonly [number, number, number];
  /** Channels of the decoder's output. */
  readonly outputChannels: number;
  readonly isSignal: boolean;
}

/**
 * How convolutions see the examples of a model.
 *
 * @throws RangeError for what is neither an image nor a signal
 */
export function layoutOf(fn: string, { input, output }: CheckedShapes): MapLayout {
  const sides = (shape: readonly number[]): string => shape.slice(0, -1).join("x");
  const isMaps = input.length === 2 || input.length === 3;
  if (!isMaps || output.length !== input.length || sides(input) !== sides(output)) {
    throw new RangeError(
      `${fn}: the example must be one image [height, width, channels] or one signal [length, channels], got [${input.join(", ")}]; mlp takes anything`,
    );
  }
  const isSignal = input.length === 2;
  const [height, width] = isSignal ? [input[0], 1] : input;
  return {
    image: [height, width, input[input.length - 1]],
    outputChannels: output[output.length - 1],
    isSignal,
  };
}

/** Height and width after each of some halvings, rounded up, beginning with the image's own. */
export function sizesOf(
  [height, width]: readonly number[],
  halvings: number,
): readonly (readonly [number, number])[] {
  const sizes: (readonly [number, number])[] = [[height, width]];
  for (let i = 0; i < halvings; i++) {
    const [h, w] = sizes[i];
    sizes.push([Math.ceil(h / 2), Math.ceil(w / 2)]);
  }
  return sizes;
}

/** Halves until fewer than 64 places are left: 28x28 to 7x7, 32x32 and 64x64 to 4x4, 100x100 to 7x7; at least once. */
export function defaultHalvings(image: readonly number[]): number {
  let halvings = 1;
  for (;;) {
    const [h, w] = sizesOf(image, halvings)[halvings];
    if (h * w < 64) return halvings;
    halvings++;
  }
}

/**
 * The number of halvings that features and latents fix; undefined when both are vectors, which any number serves.
 *
 * @throws RangeError when their maps are not the image halved, or differ in size
 */
export function commonHalvings(
  fn: string,
  { image, isSignal }: MapLayout,
  { features, latent }: Pick<CheckedShapes, "features" | "latent">,
): number | undefined {
  const ofFeatures = halvingsOf(fn, { name: "features", shape: features, image, isSignal });
  const ofLatent = halvingsOf(fn, { name: "latent", shape: latent, image, isSignal });
  if (ofFeatures !== undefined && ofLatent !== undefined && ofFeatures !== ofLatent) {
    throw new RangeError(
      `${fn}: features and latent must have the same height and width, got ${describeValue(features)} and ${describeValue(latent)}`,
    );
  }
  return ofFeatures ?? ofLatent;
}

interface NamedMaps extends Pick<MapLayout, "image" | "isSignal"> {
  readonly name: string;
  readonly shape: readonly number[];
}

/** How often an image is halved, rounding up, to give maps; undefined for vectors. */
function halvingsOf(fn: string, { name, shape, image, isSignal }: NamedMaps): number | undefined {
  if (shape.length === 1) return undefined;
  const [height, width] = image;
  const most = Math.ceil(Math.log2(Math.max(height, width, 2)));
  const wanted = shape.slice(0, -1).join("x");
  if (shape.length === (isSignal ? 2 : 3)) {
    for (let halvings = 1; halvings <= most; halvings++) {
      const [h, w] = sizesOf(image, halvings)[halvings];
      if (wanted === (isSignal ? `${h}` : `${h}x${w}`)) return halvings;
    }
  }
  const sides = isSignal ? "[l, n] with l that" : "[h, w, n] with h and w those";
  throw new RangeError(
    `${fn}: ${name} must be [n], or ${sides} of the example (${isSignal ? height : `${height}x${width}`}) halved once or more, rounded up, got ${describeValue(shape)}`,
  );
}
