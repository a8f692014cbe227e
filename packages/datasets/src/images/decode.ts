import type { Decoded } from "./image.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.ts";

/** What the first bytes of a file say that it is. */
export type ImageKind = "PNG" | "JPEG" | "WebP" | "GIF" | "TIFF" | "AVIF";

/** Where each kind has which bytes, as latin1. */
const signatures: readonly (readonly [ImageKind, number, string])[] = [
  ["PNG", 0, "\x89PNG"],
  ["JPEG", 0, "\xff\xd8"],
  ["WebP", 8, "WEBP"],
  ["GIF", 0, "GIF8"],
  ["TIFF", 0, "II*\0"],
  ["TIFF", 0, "MM\0*"],
  ["TIFF", 0, "II+\0"],
  ["TIFF", 0, "MM\0+"],
  ["AVIF", 4, "ftypavif"],
  ["AVIF", 4, "ftypavis"],
];

/** The kind of an image file, whatever it is called; undefined when it is none that is read. */
export function kindOf(bytes: Uint8Array): ImageKind | undefined {
  const found = signatures.find(([, at, text]) =>
    Array.from(text).every((character, i) => bytes[at + i] === character.charCodeAt(0)),
  );
  return found?.[0];
}

/**
 * Decodes an image without any other library than those that are always there.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when it is neither PNG nor JPEG or damaged
 */
export function decodeImage(bytes: Uint8Array): Decoded {
  const kind = kindOf(bytes);
  if (kind === "PNG") return decodePng(bytes);
  if (kind === "JPEG") return decodeJpeg(bytes);
  if (kind === undefined) throw strangeImage(bytes);
  throw new RangeError(
    `decodeImage: file must be PNG or JPEG unless sharp is installed (npm install sharp), got ${kind}`,
  );
}

/** The refusal of a file that is no image that anybody here reads. */
export function strangeImage(bytes: Uint8Array): RangeError {
  return new RangeError(
    `decodeImage: file must be PNG, JPEG, WebP, GIF, TIFF or AVIF, got ${String(bytes.length)} bytes of another kind`,
  );
}
