/** One decoded image. */
export interface Image {
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3;
  /** `[height, width, channels]`, 0 to 255. */
  readonly data: Uint8Array;
}

/** Most pixels that one image may have; a header that declares more is refused before anything is allocated. */
export const maxPixels = 2 ** 24;

/** Longest side of an image, as in JPEG. */
export const maxSide = 65_535;

/**
 * Refuses image sizes that no photograph for training has.
 *
 * @throws RangeError naming the size and the limit
 */
export function checkPixels(width: number, height: number, caller: string): void {
  const isInside = width <= maxSide && height <= maxSide && width * height <= maxPixels;
  if (width >= 1 && height >= 1 && isInside) return;
  throw new RangeError(
    `${caller}: image must have from 1 to ${String(maxPixels)} pixels and sides of at most ${String(maxSide)}, got ${String(width)} x ${String(height)}`,
  );
}

/**
 * The same image with the given number of channels.
 *
 * Grey is the luma of BT.601, `0.299 R + 0.587 G + 0.114 B`, rounded.
 *
 * @param image what was decoded
 * @param channels 1 for grey, 3 for colour
 */
export function toChannels(image: Image, channels: 1 | 3): Image {
  if (image.channels === channels) return image;
  const pixels = image.width * image.height;
  const data = new Uint8Array(pixels * channels);
  for (let i = 0; i < pixels; i++) {
    if (channels === 3) {
      data.fill(image.data[i], 3 * i, 3 * i + 3);
    } else {
      const [r, g, b] = image.data.subarray(3 * i, 3 * i + 3) as unknown as [
        number,
        number,
        number,
      ];
      data[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    }
  }
  return { ...image, channels, data };
}
