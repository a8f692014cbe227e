import { open } from "node:fs/promises";
import { decodeImage, kindOf } from "../../images/decode.ts";
import type { Decoded, OpaqueImage } from "../../images/image.ts";
import { jpegPixels } from "../../images/jpegHeader.ts";
import { prepare } from "../../images/prepare.ts";
import type { Preparation } from "../../images/prepare.ts";
import type { PixelLimit } from "./pixelLimit.ts";
import { decodeWithSharp } from "./sharpDecoder.ts";
import type { Sharp } from "./sharpDecoder.ts";

/** Longest file that is read as an image: what 2^24 pixels of four 16-bit samples take, and some. */
const maxBytes = 2 ** 28;

/** How image files are read. */
export interface Reading {
  readonly preparation: Preparation;
  readonly sharp: Sharp | undefined;
  readonly limit: PixelLimit;
}

async function readFile(path: string): Promise<Uint8Array> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size > maxBytes) {
      throw new RangeError(`file must have at most ${String(maxBytes)} bytes, got ${String(size)}`);
    }
    return new Uint8Array(await file.readFile());
  } finally {
    await file.close();
  }
}

/** How many pixels a file declares; decoding checks them, and more are refused there. */
async function pixelsOf(bytes: Uint8Array, sharp: Sharp | undefined): Promise<number> {
  const kind = kindOf(bytes);
  if (kind === "JPEG") return jpegPixels(bytes);
  if (kind === "PNG") {
    if (bytes.length < 24) return 0;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return view.getUint32(16) * view.getUint32(20);
  }
  if (kind === undefined || sharp === undefined) return 0;
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return width * height;
}

/** What sharp refuses (a checksum that is wrong) our own decoders judge: the same files are readable with sharp and without. */
async function decode(bytes: Uint8Array, sharp: Sharp | undefined): Promise<Decoded> {
  if (sharp === undefined) return decodeImage(bytes);
  try {
    return await decodeWithSharp(bytes, sharp);
  } catch (error) {
    const kind = kindOf(bytes);
    if (kind !== "PNG" && kind !== "JPEG") throw error;
    return decodeImage(bytes);
  }
}

/**
 * One image file, ready to be put into a data set.
 *
 * @param path of the file
 * @param reading what becomes of the image, and by which decoder
 * @throws Error with one sentence when it is damaged, too large, or transparent without a background
 */
export async function readImage(
  path: string,
  { preparation, sharp, limit }: Reading,
): Promise<OpaqueImage> {
  const bytes = await readFile(path);
  return limit.run(await pixelsOf(bytes, sharp), async () =>
    prepare(await decode(bytes, sharp), preparation),
  );
}
