/** How a camera was held, as EXIF says it (CIPA DC-008, tag 0x0112), and the image turned accordingly. */
import type { OpaqueImage } from "./image.ts";

/**
 * The orientation in EXIF data.
 *
 * @param tiff EXIF data from the byte order on: a TIFF header and its first directory
 * @returns 1 to 8; 1, as stored, where the data say nothing or cannot be read
 */
export function orientationOf(tiff: Uint8Array): number {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength);
  if (tiff.length < 8 || (tiff[0] !== 0x49 && tiff[0] !== 0x4d) || tiff[0] !== tiff[1]) return 1;
  const isLittle = tiff[0] === 0x49;
  const start = view.getUint32(4, isLittle);
  if (start + 2 > tiff.length) return 1;
  const entries = view.getUint16(start, isLittle);
  for (let i = 0; i < entries; i++) {
    const at = start + 2 + 12 * i;
    if (at + 12 > tiff.length) return 1;
    const isShort = view.getUint16(at + 2, isLittle) === 3;
    if (view.getUint16(at, isLittle) !== 0x0112 || !isShort) continue;
    const value = view.getUint16(at + 8, isLittle);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** Whether width and height change places. */
export function isSideways(orientation: number): boolean {
  return orientation >= 5;
}

/**
 * The image as it is to be looked at.
 *
 * @param image as stored
 * @param orientation 1 to 8
 */
export function orient(image: OpaqueImage, orientation: number): OpaqueImage {
  if (orientation === 1) return image;
  const { width: w, height: h, channels, data: from } = image;
  // First pixel of the result, and the steps to its right and lower neighbours, all in pixels of the image as stored.
  const [start, right, down] = (
    [
      [w - 1, -1, w],
      [w * h - 1, -1, -w],
      [(h - 1) * w, 1, -w],
      [0, w, 1],
      [(h - 1) * w, -w, 1],
      [w * h - 1, -w, -1],
      [w - 1, w, -1],
    ] as const
  )[orientation - 2];
  const [width, height] = isSideways(orientation) ? [h, w] : [w, h];
  const data = new Uint8Array(from.length);
  let to = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0, at = start + y * down; x < width; x++, at += right) {
      for (let c = 0; c < channels; c++) data[to++] = from[at * channels + c];
    }
  }
  return { width, height, channels, data };
}
