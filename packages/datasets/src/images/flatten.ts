import { toChannels } from "./image.ts";
import type { Image, OpaqueImage } from "./image.ts";

/** What shows through transparent pixels: a grey value, or red, green and blue, from 0 to 255. */
export type Background = number | readonly [number, number, number];

/**
 * An image without its alpha channel: `(alpha * value + (255 - alpha) * background) / 255`, rounded, on the values as they
 * are stored. An image that is opaque everywhere just loses the channel.
 *
 * @param image what was decoded; its bytes may be used for the result
 * @param background refused as missing where a pixel is not opaque
 * @returns grey stays grey unless the background is a colour
 * @throws RangeError when a pixel is not opaque and there is no background
 */
export function flatten(image: Image, background: Background | undefined): OpaqueImage {
  const { width, height, channels } = image;
  if (channels === 1 || channels === 3) return image as OpaqueImage;
  const isOpaque = isOpaqueEverywhere(image);
  if (!isOpaque && background === undefined) {
    throw new RangeError(
      "image must be opaque unless background is given (255 is white, [r, g, b] a colour), got transparent pixels",
    );
  }
  const colours = channels === 2 ? 1 : 3;
  const behind = typeof background === "number" ? Array(3).fill(background) : (background ?? []);
  if (!isOpaque && colours === 1 && new Set(behind).size > 1) {
    return flatten(withColour(image), background);
  }
  const pixels = width * height;
  // What is written never overtakes what is read.
  const { data } = image;
  for (let i = 0; i < pixels; i++) {
    const alpha = data[i * channels + colours];
    for (let c = 0; c < colours; c++) {
      const value = data[i * channels + c];
      data[i * colours + c] =
        alpha === 255
          ? value
          : Math.round((alpha * value + (255 - alpha) * (behind[c] as number)) / 255);
    }
  }
  return { width, height, channels: colours, data: data.subarray(0, pixels * colours) };
}

function isOpaqueEverywhere({ data, channels }: Image): boolean {
  for (let i = channels - 1; i < data.length; i += channels) if (data[i] !== 255) return false;
  return true;
}

/** Grey with alpha as colour with alpha. */
function withColour({ width, height, data }: Image): Image {
  const grey = data.filter((_, i) => i % 2 === 0);
  const colour = toChannels({ width, height, channels: 1, data: grey }, 3).data;
  const all = new Uint8Array(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    all.set(colour.subarray(3 * i, 3 * i + 3), 4 * i);
    all[4 * i + 3] = data[2 * i + 1];
  }
  return { width, height, channels: 4, data: all };
}
