/**
 * JPEG by jpeg-js. It gets nothing but the parts that the image needs: what an application wrote between them, well formed
 * or not, cannot disturb it, and which colours the values are was decided before.
 */
import { decode } from "jpeg-js";
import { reasonOf } from "@elbo/common";
import { maxPixels } from "./image.ts";
import type { Decoded } from "./image.ts";
import { readJpegHeader } from "./jpegHeader.ts";
import type { JpegHeader } from "./jpegHeader.ts";

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Adobe's marker, version 100, with a transform: what jpeg-js wants in front of four components. */
function adobeMarker(transform: 0 | 2): Uint8Array {
  const text = Array.from("Adobe", (character) => character.charCodeAt(0));
  return Uint8Array.from([0xff, 0xee, 0, 14, ...text, 0, 100, 0, 0, 0, 0, transform]);
}

/** The file with everything left out that the image does not need. */
function essence({ colours, parts }: JpegHeader): Uint8Array {
  const isInk = colours === "CMYK" || colours === "YCCK";
  const marker = isInk ? [adobeMarker(colours === "YCCK" ? 2 : 0)] : [];
  return joined([Uint8Array.of(0xff, 0xd8), ...marker, ...parts, Uint8Array.of(0xff, 0xd9)]);
}

/**
 * Decodes a JPEG image, baseline or progressive: grey, YCbCr, RGB, and CMYK or YCCK as Adobe writes them, whose colours
 * are `255 - ink` in the light of `255 - black`, without a colour profile.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when the file is damaged or larger than `checkPixels` allows
 */
export function decodeJpeg(bytes: Uint8Array): Decoded {
  const header = readJpegHeader(bytes);
  const { width, height, colours, orientation } = header;
  let pixels: Uint8Array;
  try {
    pixels = decode(essence(header), {
      useTArray: true,
      formatAsRGBA: false,
      // Counts blocks of grey images past the end of the picture where an interval of restarts ends there.
      tolerantDecoding: colours === "grey",
      colorTransform: colours === "YCbCr" || colours === "YCCK",
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: 512,
    }).data;
  } catch (error) {
    throw new Error(`decodeJpeg: file must be undamaged, got ${reasonOf(error)}`, { cause: error });
  }
  if (pixels.length !== width * height * 3) {
    throw new RangeError(
      `decodeJpeg: pixels must be complete, got ${String(pixels.length)} values`,
    );
  }
  if (colours !== "grey")
    return { image: { width, height, channels: 3, data: pixels }, orientation };
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = pixels[3 * i];
  return { image: { width, height, channels: 1, data: grey }, orientation };
}
