/**
 * PNG. The file's chunks are checked with their CRCs, the header's size is limited, and the rows are turned into pixels
 * while they are decompressed: memory is that of the pixels and of one piece of the decompression.
 */
import { crc32 } from "@elbo/common";
import { inflatePieces } from "../formats/inflate.ts";
import { checkPixels } from "./image.ts";
import type { Decoded } from "./image.ts";
import { orientationOf } from "./orientation.ts";
import { PngRows } from "./pngRows.ts";
import type { PngHeader } from "./pngRows.ts";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Samples of a pixel and the bits that they may have, by colour type (table 11.1 of the specification). */
const colorTypes = new Map<number, { stored: PngHeader["stored"]; depths: readonly number[] }>([
  [0, { stored: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { stored: 3, depths: [8, 16] }],
  [3, { stored: 1, depths: [1, 2, 4, 8] }],
  [4, { stored: 2, depths: [8, 16] }],
  [6, { stored: 4, depths: [8, 16] }],
]);

interface Chunk {
  readonly type: string;
  readonly content: Uint8Array;
}

function refuse(rule: string, got: string): never {
  throw new RangeError(`decodePng: ${rule}, got ${got}`);
}

function chunksOf(bytes: Uint8Array): Chunk[] {
  if (signature.some((byte, i) => bytes[i] !== byte)) {
    refuse("file must begin with the PNG signature", "other bytes");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const chunks: Chunk[] = [];
  for (let at = 8; chunks.at(-1)?.type !== "IEND";) {
    if (at + 12 > bytes.length) refuse("file must end with an IEND chunk", "a cut end");
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) refuse("every chunk must lie inside the file", "a cut chunk");
    const whole = bytes.subarray(at, end);
    if (crc32(whole.subarray(4, -4)) !== view.getUint32(end - 4)) {
      refuse("every chunk must match its CRC-32", `a damaged one at byte ${String(at)}`);
    }
    const type = String.fromCharCode(...whole.subarray(4, 8));
    chunks.push({ type, content: whole.subarray(8, -4) });
    at = end;
  }
  return chunks;
}

function readHeader({ type, content }: Chunk): PngHeader {
  if (type !== "IHDR" || content.length !== 13) refuse("first chunk must be IHDR", type);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth, colorType, compression, filter, interlace] = content.subarray(8);
  checkPixels(width, height, "decodePng");
  const color = colorTypes.get(colorType);
  if (color === undefined) return refuse("colour type must be 0, 2, 3, 4 or 6", String(colorType));
  if (!color.depths.includes(depth)) {
    refuse(
      `depth of colour type ${String(colorType)} must be among ${color.depths.join(", ")}`,
      String(depth),
    );
  }
  if (compression !== 0 || filter !== 0 || interlace > 1) {
    const got = [compression, filter, interlace].join(", ");
    refuse("compression and filter methods must be 0 and the interlace method 0 or 1", got);
  }
  const isIndexed = colorType === 3;
  return { width, height, depth, stored: color.stored, isIndexed, isInterlaced: interlace === 1 };
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The value of a colour key as samples of a pixel: 16 bits each, whatever the depth. */
function colourKey(
  key: Uint8Array | undefined,
  { stored, isIndexed }: PngHeader,
): number[] | undefined {
  if (key === undefined || isIndexed || stored % 2 === 0) return undefined;
  if (key.length !== 2 * stored) {
    refuse(`tRNS chunk must have ${String(2 * stored)} bytes`, String(key.length));
  }
  return Array.from({ length: stored }, (_, c) => 256 * key[2 * c] + key[2 * c + 1]);
}

/**
 * Decodes a PNG image. Transparency, be it a channel, that of a palette, or a colour that stands for it, becomes an alpha
 * channel; 16-bit values keep their upper byte.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when the file is damaged or larger than {@link checkPixels} allows
 */
export function decodePng(bytes: Uint8Array): Decoded {
  const chunks = chunksOf(bytes);
  const header = readHeader(chunks[0]);
  const { width, height } = header;
  const contents = (wanted: string): Uint8Array[] =>
    chunks.filter(({ type }) => type === wanted).map(({ content }) => content);
  const packed = joined(contents("IDAT"));
  // Deflate makes at most 1032 bytes out of one; less cannot hold a bit of every pixel.
  if (width * height > packed.length * 1032 * 8) {
    refuse(
      `rows of ${String(width)} x ${String(height)} pixels must be there`,
      `${String(packed.length)} compressed bytes`,
    );
  }
  const [transparency] = contents("tRNS");
  const rows = new PngRows(header, {
    palette: contents("PLTE")[0] ?? new Uint8Array(0),
    paletteAlpha: header.isIndexed ? transparency : undefined,
    key: colourKey(transparency, header),
  });
  for (const piece of inflatePieces(packed, "zlib")) rows.push(piece);
  if (!rows.isComplete) refuse("rows must be complete", "fewer of them");
  const [exif] = contents("eXIf");
  return {
    image: { width, height, channels: rows.channels, data: rows.pixels },
    orientation: exif === undefined ? 1 : orientationOf(exif),
  };
}
