import { encode } from "modern-gif";
import type { ImageBatch } from "./grid.ts";

/**
 * Images as an endless GIF.
 *
 * @param frames `[count, height, width, 1 or 3]`, values in [0, 1]
 * @param options `milliseconds` per frame, a multiple of 10; default 120
 */
export async function encodeAnimation(
  { data, shape: [count, height, width, channels] }: ImageBatch,
  { milliseconds = 120 } = {},
): Promise<Uint8Array> {
  const size = height * width;
  const frames = Array.from({ length: count }, (_, frame) => {
    const pixels = new Uint8ClampedArray(4 * size).fill(255);
    for (let p = 0; p < size; p++) {
      const from = (frame * size + p) * channels;
      for (let c = 0; c < 3; c++) pixels[4 * p + c] = 255 * data[from + (channels === 1 ? 0 : c)];
    }
    return { data: pixels, delay: milliseconds };
  });
  return new Uint8Array(await encode({ width, height, frames }));
}
