import type { Decoded } from "./image.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.ts";

/** What the first bytes of a file say that it is. */
export type ImageKind = "png" | "jpeg" | "other";

/** The kind of an image file, whatever it is called. */
export function kindOf(bytes: Uint8Array): ImageKind {
  if (bytes[0] === 0x89 && bytes[1] === 0x50) return "png";
  return bytes[0] === 0xff && bytes[1] === 0xd8 ? "jpeg" : "other";
}

/**
 * Decodes an image without any other library than those that are always there.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when it is neither PNG nor JPEG or damaged
 */
export function decodeImage(bytes: Uint8Array): Decoded {
  const kind = kindOf(bytes);
  if (kind === "png") return decodePng(bytes);
  if (kind === "jpeg") return decodeJpeg(bytes);
  throw new RangeError(
    `decodeImage: file must be PNG or JPEG, got ${String(bytes.length)} bytes of another kind (others are read where sharp is installed: npm install sharp)`,
  );
}
