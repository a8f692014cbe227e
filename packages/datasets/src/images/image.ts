/** One decoded image. */
export interface Image {
  readonly height: number;
  readonly width: number;
  /** 1 for grey, 3 for red, green and blue; 2 and 4 have an alpha channel behind these. */
  readonly channels: 1 | 2 | 3 | 4;
  /** `[height, width, channels]`, 0 to 255. */
  readonly data: Uint8Array;
}

/** An image without alpha. */
export interface OpaqueImage extends Image {
  readonly channels: 1 | 3;
}

/** An image as its file stores it, and how it is to be held (EXIF orientation, 1 to 8; 1 is as stored). */
export interface Decoded {
  readonly image: Image;
  readonly orientation: number;
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
export function toChannels(image: OpaqueImage, channels: 1 | 3): OpaqueImage {
  if (image.channels === channels) return image;
  const { data: from, width, height } = image;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0, k = 0; i < width * height; i++, k += 3) {
    if (channels === 3) data[k] = data[k + 1] = data[k + 2] = from[i];
    else data[i] = Math.round(0.299 * from[k] + 0.587 * from[k + 1] + 0.114 * from[k + 2]);
  }
  return { width, height, channels, data };
}
