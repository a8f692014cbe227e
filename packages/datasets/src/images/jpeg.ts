/**
 * JPEG by jpeg-js, behind a gate: size, components and number of scans are read from the markers and limited first,
 * because the time to decode grows with their product and not with the size of the file.
 */
import { decode } from "jpeg-js";
import { reasonOf } from "../describe.ts";
import { checkPixels } from "./image.ts";
import type { Image } from "./image.ts";

const maxScans = 100;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly components: number;
}

function refuse(rule: string, got: string): never {
  throw new RangeError(`decodeJpeg: ${rule}, got ${got}`);
}

/** First byte of the next marker at or after an offset; bytes of compressed data lie between markers. */
function nextMarker(bytes: Uint8Array, from: number): number {
  for (let at = from; at + 1 < bytes.length; at++) {
    const code = bytes[at + 1];
    const isData = code === 0 || code === 0xff || (code >= 0xd0 && code <= 0xd7);
    if (bytes[at] === 0xff && !isData) return at;
  }
  return refuse("file must end with an EOI marker", "a cut end");
}

function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) refuse("file must begin with FF D8", "other bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let scans = 0;
  for (let at = nextMarker(bytes, 2); bytes[at + 1] !== 0xd9;) {
    const code = bytes[at + 1];
    if (at + 4 > bytes.length) refuse("file must end with an EOI marker", "a cut end");
    const length = view.getUint16(at + 2);
    if (at + 2 + length > bytes.length)
      refuse("every segment must lie inside the file", "a cut one");
    if (isFrame(code)) {
      if (code > 0xc2)
        refuse("image must be baseline or progressive", `frame type ${String(code)}`);
      if (header !== undefined || length < 8)
        refuse("file must hold one frame", "a damaged header");
      header = {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        components: view.getUint8(at + 9),
      };
    }
    if (code === 0xda) scans++;
    at = nextMarker(bytes, at + 2 + length);
  }
  if (header === undefined || scans === 0) refuse("file must hold a frame and a scan", "none");
  if (scans > maxScans) {
    refuse(`image must have at most ${String(maxScans)} scans`, String(scans));
  }
  return header;
}

/**
 * Decodes a JPEG image, baseline or progressive, grey or colour.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when the file is damaged or larger than {@link checkPixels} allows
 */
export function decodeJpeg(bytes: Uint8Array): Image {
  const { width, height, components } = readHeader(bytes);
  checkPixels(width, height, "decodeJpeg");
  if (components !== 1 && components !== 3) {
    refuse("image must have 1 or 3 components", String(components));
  }
  let pixels: Uint8Array;
  try {
    pixels = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: 68,
      maxMemoryUsageInMB: 2048,
    }).data;
  } catch (error) {
    throw new Error(`decodeJpeg: file must be undamaged, got ${reasonOf(error)}`, { cause: error });
  }
  if (pixels.length !== width * height * 3) {
    refuse("pixels must be complete", `${String(pixels.length)} values`);
  }
  if (components === 3) return { width, height, channels: 3, data: pixels };
  return { width, height, channels: 1, data: pixels.filter((_, i) => i % 3 === 0) };
}
