import { flatten } from "./flatten.ts";
import type { Background } from "./flatten.ts";
import { toChannels } from "./image.ts";
import type { Decoded, OpaqueImage } from "./image.ts";
import { isSideways, orient } from "./orientation.ts";
import { letterbox } from "./letterbox.ts";
import { resize } from "./resize.ts";

/** How an image of other proportions is made to fit: stretched, cut to the middle, or between bars. */
export type Fit = "fill" | "cover" | "contain";

/** What becomes of every image, whatever its file holds. */
export interface Preparation {
  /** `[height, width]` in pixels; as they are by default. */
  readonly size?: readonly [number, number];
  readonly fit?: Fit;
  /** 1 for grey, 3 for colour; as they are by default. */
  readonly channels?: 1 | 3;
  /** What shows through transparent pixels, and the bars of `"contain"`, which are black (0) without it. */
  readonly background?: Background;
}

function fitted(
  image: OpaqueImage,
  size: readonly [number, number],
  { fit, background = 0 }: Preparation,
): OpaqueImage {
  return fit === "contain" ? letterbox(image, size, background) : resize(image, size, fit);
}

/**
 * A decoded image as it goes into a data set: composited over the background, resized, turned, with the channels asked for.
 *
 * @throws RangeError when pixels are transparent and there is no background
 */
export function prepare({ image, orientation }: Decoded, preparation: Preparation): OpaqueImage {
  const { size, channels, background } = preparation;
  const opaque = flatten(image, background);
  const target = size && isSideways(orientation) ? ([size[1], size[0]] as const) : size;
  const sized = target === undefined ? opaque : fitted(opaque, target, preparation);
  const turned = orient(sized, orientation);
  return channels === undefined ? turned : toChannels(turned, channels);
}
