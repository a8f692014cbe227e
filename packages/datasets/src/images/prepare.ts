import { flatten } from "./flatten.ts";
import type { Background } from "./flatten.ts";
import { toChannels } from "./image.ts";
import type { Decoded, OpaqueImage } from "./image.ts";
import { isSideways, orient } from "./orientation.ts";
import { resize } from "./resize.ts";
import type { Fit } from "./resize.ts";

/** What becomes of every image, whatever its file holds. */
export interface Preparation {
  /** `[height, width]` in pixels; as they are by default. */
  readonly size?: readonly [number, number];
  readonly fit?: Fit;
  /** 1 for grey, 3 for colour; as they are by default. */
  readonly channels?: 1 | 3;
  readonly background?: Background;
}

/**
 * A decoded image as it goes into a data set: composited over the background, resized, turned, with the channels asked for.
 *
 * @throws RangeError when pixels are transparent and there is no background
 */
export function prepare(
  { image, orientation }: Decoded,
  { size, fit, channels, background }: Preparation,
): OpaqueImage {
  const opaque = flatten(image, background);
  const target = size && isSideways(orientation) ? ([size[1], size[0]] as const) : size;
  const sized = target === undefined ? opaque : resize(opaque, target, fit);
  const turned = orient(sized, orientation);
  return channels === undefined ? turned : toChannels(turned, channels);
}
