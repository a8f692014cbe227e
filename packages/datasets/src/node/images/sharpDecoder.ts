/**
 * Images by sharp (libvips), the ecosystem's library, where it is installed: several times faster than decoders in JavaScript,
 * and WebP, GIF, TIFF and AVIF besides. Sizes are limited by the same rule, colour profiles are ignored, and everything behind
 * decoding is the same, so that PNG images give equal bytes and JPEG images differ by the rounding and the smoothing of
 * their decoders only.
 */
import { checkPixels, maxPixels } from "../../images/image.ts";
import type { Decoded, Image } from "../../images/image.ts";
import { kindOf, strangeImage } from "../../images/decode.ts";
import { decodeJpeg } from "../../images/jpeg.ts";
import { readJpegHeader } from "../../images/jpegHeader.ts";
import type { JpegColours } from "../../images/jpegHeader.ts";

/** The part of sharp that is used. */
interface Pipeline {
  metadata(): Promise<{ width: number; height: number; channels: number }>;
  rotate(): Pipeline;
  toColourspace(name: string): Pipeline;
  raw(): Pipeline;
  toBuffer(options: { resolveWithObject: true }): Promise<{
    data: Uint8Array;
    info: { width: number; height: number; channels: number };
  }>;
}

/** sharp's function, which begins a pipeline. */
export type Sharp = (input: Uint8Array, options: object) => Pipeline;

/** sharp, or undefined where it is not installed or does not run. */
export async function findSharp(): Promise<Sharp | undefined> {
  const name = "sharp";
  try {
    return ((await import(name)) as { default: Sharp }).default;
  } catch {
    return undefined;
  }
}

/** What is known of a file before it is decoded. */
interface Outline {
  readonly orientation: number;
  /** 1 and 2 are grey, the latter with alpha. */
  readonly channels: number;
  /** Whether sharp turns the image, because nobody else reads how it was held. */
  readonly isTurnedBySharp: boolean;
}

/** Checks the size of an image before anything is allocated for it. */
async function outlineOf(bytes: Uint8Array, sharp: Sharp): Promise<Outline> {
  if (kindOf(bytes) === "JPEG") {
    const { orientation, colours } = readJpegHeader(bytes);
    return { orientation, channels: channelsOf[colours], isTurnedBySharp: false };
  }
  const { width, height, channels } = await sharp(bytes, { limitInputPixels: false }).metadata();
  checkPixels(width, height, "decodeImage");
  return { orientation: 1, channels, isTurnedBySharp: true };
}

const channelsOf: Readonly<Record<JpegColours, number>> = {
  grey: 1,
  YCbCr: 3,
  RGB: 3,
  CMYK: 4,
  YCCK: 4,
};

/**
 * Decodes an image of the kinds that are read, of several frames the first.
 *
 * @throws RangeError or Error when the file is damaged or larger than `checkPixels` allows
 */
export async function decodeWithSharp(bytes: Uint8Array, sharp: Sharp): Promise<Decoded> {
  const kind = kindOf(bytes);
  // sharp would draw an SVG file too, and whatever else its libraries know.
  if (kind === undefined) throw strangeImage(bytes);
  const { orientation, channels, isTurnedBySharp } = await outlineOf(bytes, sharp);
  // sharp would take ink through a colour profile.
  if (kind === "JPEG" && channels === 4) return decodeJpeg(bytes);
  const input = sharp(bytes, { ignoreIcc: true, failOn: "error", limitInputPixels: maxPixels });
  const upright = isTurnedBySharp ? input.rotate() : input;
  const { data, info } = await (channels === 1 ? upright.toColourspace("b-w") : upright)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const image = { width, height, channels: info.channels as Image["channels"], data: plain(data) };
  return { image: channels === 2 ? withoutColour(image) : image, orientation };
}

/** A Node `Buffer` as a plain array over the same bytes. */
function plain(data: Uint8Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.length);
}

/** Grey with alpha out of red, green, blue and alpha, as which sharp gives it. */
function withoutColour({ width, height, channels, data: from }: Image): Image {
  const data = new Uint8Array(width * height * 2);
  for (let i = 0; i < width * height; i++) {
    data[2 * i] = from[i * channels];
    data[2 * i + 1] = from[(i + 1) * channels - 1];
  }
  return { width, height, channels: 2, data };
}
