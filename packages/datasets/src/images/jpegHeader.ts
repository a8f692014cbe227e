/**
 * What the markers of a JPEG file say, and the parts of it that an image needs. Bytes between segments are passed over, as
 * libjpeg does. Size, components and number of scans are limited before anything is decoded, because the time to decode
 * grows with their product. A coded block takes at least 1 bit, because no Huffman code is shorter: a progressive
 * image codes one difference of each block, a baseline image an end of block besides (ITU-T T.81, F.1.2 and G.1.2). A file
 * with fewer bits than blocks is therefore damaged.
 */
import { checkPixels } from "./image.ts";
import { orientationOf } from "./orientation.ts";

const maxScans = 100;

/** What the values of a pixel are. */
export type JpegColours = "grey" | "YCbCr" | "RGB" | "CMYK" | "YCCK";

/** A JPEG file that may be decoded. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  readonly colours: JpegColours;
  /** As EXIF data say, 1 to 8. */
  readonly orientation: number;
  /** Tables, frame and scans in their order, each from its marker on. */
  readonly parts: readonly Uint8Array[];
}

interface Frame {
  readonly width: number;
  readonly height: number;
  /** Identifiers of the components. */
  readonly ids: readonly number[];
  /** Fewest bits that the scans of such an image take. */
  readonly leastBits: number;
}

/** What the markers say besides. */
interface Notes {
  hasJfif: boolean;
  /** The transform of Adobe's marker. */
  adobe: number | undefined;
  orientation: number;
}

function refuse(rule: string, got: string): never {
  throw new RangeError(`decodeJpeg: ${rule}, got ${got}`);
}

/** First byte of the next marker at or after an offset; bytes of compressed data lie between markers. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    if (at + 1 === bytes.length) break;
    const code = bytes[at + 1];
    const isData = code === 0 || code === 0xff || (code >= 0xd0 && code <= 0xd7);
    if (!isData) return at;
  }
  return refuse("file must end with an EOI marker", "a cut end");
}

function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

/** Blocks of a component whose sides are the image's times `numerator / denominator`, rounded up twice (A.1.1). */
function blocksAlong(side: number, numerator: number, denominator: number): number {
  return Math.ceil(Math.ceil((side * numerator) / denominator) / 8);
}

/** The header of a frame from its segment, which begins behind the marker. */
function readFrame(segment: Uint8Array, code: number): Frame {
  if (code > 0xc2) refuse("image must be baseline or progressive", `frame type ${String(code)}`);
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const count = segment.length < 8 ? 0 : view.getUint8(7);
  if (segment.length !== 8 + 3 * count) refuse("file must hold one frame", "a damaged header");
  const [height, width] = [view.getUint16(3), view.getUint16(5)];
  const ids = Array.from({ length: count }, (_, i) => view.getUint8(8 + 3 * i));
  const factors = Array.from({ length: count }, (_, i) => view.getUint8(9 + 3 * i));
  const [across, down] = [factors.map((both) => both >> 4), factors.map((both) => both & 15)];
  if ([...across, ...down].some((factor) => factor < 1 || factor > 4)) {
    refuse("sampling factors must be from 1 to 4", factors.join(", "));
  }
  const [widest, tallest] = [Math.max(...across), Math.max(...down)];
  const blocks = factors.reduce(
    (total, _, i) =>
      total + blocksAlong(width, across[i], widest) * blocksAlong(height, down[i], tallest),
    0,
  );
  return { width, height, ids, leastBits: blocks * (code === 0xc2 ? 1 : 2) };
}

function startsWith(bytes: Uint8Array, text: string): boolean {
  return Array.from(text).every((character, i) => bytes[i] === character.charCodeAt(0));
}

/** Takes down what an application's segment says; `content` begins behind its length. */
function note(notes: Notes, code: number, content: Uint8Array): void {
  if (code === 0xe0 && startsWith(content, "JFIF\0")) notes.hasJfif = true;
  if (code === 0xe1 && startsWith(content, "Exif\0\0")) {
    notes.orientation = orientationOf(content.subarray(6));
  }
  if (code === 0xee && startsWith(content, "Adobe") && content.length >= 12) {
    notes.adobe = content[11];
  }
}

/** What libjpeg takes the components for (jdapimin.c, default_decompress_parms). */
function coloursOf(ids: readonly number[], { hasJfif, adobe }: Notes): JpegColours {
  if (ids.length === 1) return "grey";
  if (ids.length === 4) {
    if (adobe !== undefined) return adobe === 2 ? "YCCK" : "CMYK";
    return refuse("CMYK must come with Adobe's marker, which says how ink is stored", "none");
  }
  if (ids.length !== 3) return refuse("image must have 1, 3 or 4 components", String(ids.length));
  if (hasJfif) return "YCbCr";
  if (adobe !== undefined) return adobe === 0 ? "RGB" : "YCbCr";
  return String.fromCharCode(...ids) === "RGB" ? "RGB" : "YCbCr";
}

/**
 * Reads the markers of a JPEG file.
 *
 * @param bytes the whole file
 * @throws RangeError when the file is cut, holds anything but one baseline or progressive frame, or is larger than
 * {@link checkPixels} allows
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) refuse("file must begin with FF D8", "other bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const notes: Notes = { hasJfif: false, adobe: undefined, orientation: 1 };
  const parts: Uint8Array[] = [];
  let frame: Frame | undefined;
  let scans = 0;
  let scanBytes = 0;
  for (let at = nextMarker(bytes, 2); bytes[at + 1] !== 0xd9;) {
    const code = bytes[at + 1];
    if (at + 4 > bytes.length) refuse("file must end with an EOI marker", "a cut end");
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) refuse("every segment must lie inside the file", "a cut one");
    if (isFrame(code)) {
      if (frame !== undefined) refuse("file must hold one frame", "several");
      frame = readFrame(bytes.subarray(at + 2, end), code);
    }
    const next = nextMarker(bytes, end);
    const isScan = code === 0xda;
    // Tables of Huffman codes and quantization, and the interval of restarts.
    if (isScan || isFrame(code) || [0xc4, 0xdb, 0xdd].includes(code)) {
      parts.push(bytes.subarray(at, isScan ? next : end));
    } else note(notes, code, bytes.subarray(at + 4, end));
    if (isScan) {
      scans++;
      scanBytes += next - end;
    }
    at = next;
  }
  if (frame === undefined || scans === 0) {
    return refuse("file must hold a frame and a scan", "none");
  }
  if (scans > maxScans) refuse(`image must have at most ${String(maxScans)} scans`, String(scans));
  checkSize(frame, scanBytes);
  const { width, height, ids } = frame;
  return {
    width,
    height,
    colours: coloursOf(ids, notes),
    orientation: notes.orientation,
    parts,
  };
}

/** How many pixels the first frame of a JPEG file declares, 0 where there is none; reads no further than that. */
export function jpegPixels(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 2; at + 9 <= bytes.length;) {
    at = nextMarker(bytes, at);
    const code = bytes[at + 1];
    if (at + 9 > bytes.length || code === 0xda || code === 0xd9) return 0;
    if (isFrame(code)) return view.getUint16(at + 5) * view.getUint16(at + 7);
    at += 2 + view.getUint16(at + 2);
  }
  return 0;
}

function checkSize({ width, height, leastBits }: Frame, scanBytes: number): void {
  checkPixels(width, height, "decodeJpeg");
  if (leastBits > 8 * scanBytes) {
    refuse(
      `scans of ${String(width)} x ${String(height)} pixels must have at least ${String(Math.ceil(leastBits / 8))} bytes`,
      String(scanBytes),
    );
  }
}
