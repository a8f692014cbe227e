/**
 * PNG by fast-png, behind a gate: only the chunks that make the picture are passed on, each with its CRC checked, the
 * header's size is limited, and the compressed rows are known to be exactly of that size before they are decoded.
 */
import { convertIndexedToRgb, decode } from "fast-png";
import type { DecodedPng } from "fast-png";
import { crc32 } from "../formats/crc32.ts";
import { reasonOf } from "../describe.ts";
import { inflate } from "../formats/inflate.ts";
import { checkPixels } from "./image.ts";
import type { Image } from "./image.ts";

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colorType: number;
  readonly isInterlaced: boolean;
}

const channelsOf = new Map([
  [0, 1],
  [2, 3],
  [3, 1],
  [4, 2],
  [6, 4],
]);

interface Chunk {
  readonly type: string;
  /** Length, type, content and CRC. */
  readonly whole: Uint8Array;
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
    chunks.push({ type, whole, content: whole.subarray(8, -4) });
    at = end;
  }
  return chunks;
}

function readHeader({ type, content }: Chunk): Header {
  if (type !== "IHDR" || content.length !== 13) refuse("first chunk must be IHDR", type);
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const header = {
    width: view.getUint32(0),
    height: view.getUint32(4),
    depth: view.getUint8(8),
    colorType: view.getUint8(9),
    isInterlaced: view.getUint8(12) === 1,
  };
  checkPixels(header.width, header.height, "decodePng");
  if (!channelsOf.has(header.colorType)) {
    refuse("colour type must be 0, 2, 3, 4 or 6", String(header.colorType));
  }
  if (header.isInterlaced && header.depth < 8) {
    refuse("interlaced images must have at least 8 bits per channel", String(header.depth));
  }
  return header;
}

/** First column and row of each pass of Adam7, and the steps to the next ones. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Bytes of all rows with their filter bytes. */
function rowBytes({ width, height, depth, colorType, isInterlaced }: Header): number {
  const bits = depth * (channelsOf.get(colorType) ?? 1);
  const parts = isInterlaced ? passes : ([[0, 0, 1, 1]] as const);
  return parts.reduce((total, [x, y, dx, dy]) => {
    const columns = Math.ceil((width - x) / dx);
    const rows = Math.ceil((height - y) / dy);
    return columns > 0 && rows > 0 ? total + rows * (Math.ceil((columns * bits) / 8) + 1) : total;
  }, 0);
}

/** Refuses compressed rows that are longer or shorter than the header says. */
function checkRows(chunks: readonly Chunk[], header: Header): void {
  const stored = chunks.filter(({ type }) => type === "IDAT").map(({ content }) => content);
  const joined = new Uint8Array(stored.reduce((total, content) => total + content.length, 0));
  let at = 0;
  for (const content of stored) {
    joined.set(content, at);
    at += content.length;
  }
  const needed = rowBytes(header);
  // The header already promised this many bytes; more are never produced.
  const { length } = inflate(joined, needed, "zlib");
  if (length !== needed) refuse(`rows must have ${String(needed)} bytes`, String(length));
}

/** Grey values of 1, 2 or 4 bits, several to a byte, as bytes from 0 to 255. */
function unpack({ data, width, height, depth }: DecodedPng): Uint8Array {
  const rowBytes = Math.ceil((width * depth) / 8);
  if (data.length < rowBytes * height)
    refuse("rows must be complete", `${String(data.length)} bytes`);
  const most = 2 ** depth - 1;
  const grey = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth;
      const byte = data[y * rowBytes + (bit >> 3)];
      grey[y * width + x] = (((byte >> (8 - depth - (bit & 7))) & most) * 255) / most;
    }
  }
  return grey;
}

/**
 * Decodes a PNG image; an alpha channel is dropped, 16-bit values keep their upper byte.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when the file is damaged or larger than {@link checkPixels} allows
 */
export function decodePng(bytes: Uint8Array): Image {
  const chunks = chunksOf(bytes);
  const header = readHeader(chunks[0]);
  checkRows(chunks, header);
  // A palette is a mere suggestion in a true-colour image, which fast-png would apply.
  const kept = new Set(["IHDR", "IDAT", "IEND", ...(header.colorType === 3 ? ["PLTE"] : [])]);
  const picture = chunks.filter(({ type }) => kept.has(type)).map(({ whole }) => whole);
  const clean = new Uint8Array(picture.reduce((total, whole) => total + whole.length, 8));
  clean.set(signature);
  let at = 8;
  for (const whole of picture) {
    clean.set(whole, at);
    at += whole.length;
  }
  try {
    return fromDecoded(decode(clean), header);
  } catch (error) {
    throw new Error(`decodePng: file must be undamaged, got ${reasonOf(error)}`, { cause: error });
  }
}

function fromDecoded(png: DecodedPng, { width, height, colorType }: Header): Image {
  if (colorType === 3) {
    const data = convertIndexedToRgb(png);
    if (data.length !== width * height * 3) refuse("palette must be complete", "a damaged one");
    return { width, height, channels: 3, data };
  }
  if (png.depth < 8) return { width, height, channels: 1, data: unpack(png) };
  const stored = channelsOf.get(colorType) as number;
  const channels = stored < 3 ? 1 : 3;
  if (png.data.length !== width * height * stored) {
    refuse("rows must be complete", `${String(png.data.length)} values`);
  }
  const shift = png.depth === 16 ? 8 : 0;
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    for (let c = 0; c < channels; c++) {
      data[i * channels + c] = png.data[i * stored + c] >> shift;
    }
  }
  return { width, height, channels, data };
}
