/**
 * JPEG by jpeg-js, behind a gate: size, components and number of scans are read from the markers and limited first,
 * because the time to decode grows with their product, and the decoder allocates every block of 8 x 8 values that the
 * header declares. A coded block takes at least 1 bit, because no Huffman code is shorter: a progressive image codes
 * one difference of each block, a baseline image an end of block besides (ITU-T T.81, F.1.2 and G.1.2). A file with fewer
 * bits than blocks is therefore damaged, and is refused before anything is allocated.
 */
import { decode } from "jpeg-js";
import { reasonOf } from "@elbo/common";
import { checkPixels, maxPixels } from "./image.ts";
import type { Image } from "./image.ts";

const maxScans = 100;

interface Header {
  readonly width: number;
  readonly height: number;
  readonly components: number;
  /** Fewest bits that the scans of such an image take. */
  readonly leastBits: number;
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

/** Blocks of a component whose sides are the image's times `numerator / denominator`, rounded up twice (A.1.1). */
function blocksAlong(side: number, numerator: number, denominator: number): number {
  return Math.ceil(Math.ceil((side * numerator) / denominator) / 8);
}

/** The header of a frame from its segment, which begins behind the marker. */
function readFrame(segment: Uint8Array, isProgressive: boolean): Header {
  const view = new DataView(segment.buffer, segment.byteOffset, segment.byteLength);
  const count = segment.length < 8 ? 0 : view.getUint8(7);
  if (segment.length !== 8 + 3 * count) refuse("file must hold one frame", "a damaged header");
  const [height, width] = [view.getUint16(3), view.getUint16(5)];
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
  return { width, height, components: count, leastBits: blocks * (isProgressive ? 1 : 2) };
}

function readHeader(bytes: Uint8Array): Header {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) refuse("file must begin with FF D8", "other bytes");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: Header | undefined;
  let scans = 0;
  let scanBytes = 0;
  for (let at = nextMarker(bytes, 2); bytes[at + 1] !== 0xd9;) {
    const code = bytes[at + 1];
    if (at + 4 > bytes.length) refuse("file must end with an EOI marker", "a cut end");
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length) refuse("every segment must lie inside the file", "a cut one");
    if (isFrame(code)) {
      if (code > 0xc2)
        refuse("image must be baseline or progressive", `frame type ${String(code)}`);
      if (header !== undefined) refuse("file must hold one frame", "several");
      header = readFrame(bytes.subarray(at + 2, end), code === 0xc2);
    }
    at = nextMarker(bytes, end);
    if (code !== 0xda) continue;
    scans++;
    scanBytes += at - end;
  }
  if (header === undefined || scans === 0)
    return refuse("file must hold a frame and a scan", "none");
  if (scans > maxScans) {
    refuse(`image must have at most ${String(maxScans)} scans`, String(scans));
  }
  checkSize(header, scanBytes);
  return header;
}

function checkSize({ width, height, components, leastBits }: Header, scanBytes: number): void {
  checkPixels(width, height, "decodeJpeg");
  if (components !== 1 && components !== 3) {
    refuse("image must have 1 or 3 components", String(components));
  }
  if (leastBits > 8 * scanBytes) {
    refuse(
      `scans of ${String(width)} x ${String(height)} pixels must have at least ${String(Math.ceil(leastBits / 8))} bytes`,
      String(scanBytes),
    );
  }
}

/**
 * Decodes a JPEG image, baseline or progressive, grey or colour.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when the file is damaged or larger than {@link checkPixels} allows
 */
export function decodeJpeg(bytes: Uint8Array): Image {
  const { width, height, components } = readHeader(bytes);
  let pixels: Uint8Array;
  try {
    pixels = decode(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
      maxResolutionInMP: maxPixels / 1e6,
      maxMemoryUsageInMB: 512,
    }).data;
  } catch (error) {
    throw new Error(`decodeJpeg: file must be undamaged, got ${reasonOf(error)}`, { cause: error });
  }
  if (pixels.length !== width * height * 3) {
    refuse("pixels must be complete", `${String(pixels.length)} values`);
  }
  if (components === 3) return { width, height, channels: 3, data: pixels };
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) grey[i] = pixels[3 * i];
  return { width, height, channels: 1, data: grey };
}
