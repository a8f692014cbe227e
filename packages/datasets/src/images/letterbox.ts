import { toChannels } from "./image.ts";
import type { OpaqueImage } from "./image.ts";
import type { Background } from "./flatten.ts";
import { resize } from "./resize.ts";

/**
 * The whole image in its own proportions, as large as `size` allows, in the middle of bars: nothing is cut and nothing stretched.
 *
 * Of an odd number of rows or columns to fill, the lower or right bar gets one more. Grey images become coloured where the bars are.
 *
 * @param image what to resize
 * @param size `[height, width]` in pixels
 * @param background of the bars, 0 to 255 or `[r, g, b]`
 */
export function letterbox(
  image: OpaqueImage,
  size: readonly [number, number],
  background: Background,
): OpaqueImage {
  const [height, width] = size;
  const inner = [
    Math.min(height, Math.max(1, Math.round((image.height * width) / image.width))),
    Math.min(width, Math.max(1, Math.round((image.width * height) / image.height))),
  ] as const;
  const small = resize(image, inner);
  const colours = typeof background === "number" ? [background] : background;
  const { channels, data: from } = new Set(colours).size > 1 ? toChannels(small, 3) : small;
  const data = Uint8Array.from(
    { length: height * width * channels },
    (_, i) => colours[(i % channels) % colours.length],
  );
  const [top, left] = [(height - inner[0]) >> 1, (width - inner[1]) >> 1];
  const row = inner[1] * channels;
  for (let y = 0; y < inner[0]; y++) {
    data.set(from.subarray(y * row, (y + 1) * row), ((top + y) * width + left) * channels);
  }
  return { height, width, channels, data };
}
