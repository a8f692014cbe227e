/** Images that declare or unpack to far more than they hold; memory is measured in processes of their own. */
import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { decodeJpeg } from "../src/images/jpeg.ts";
import { chunk, encodeJpeg, encodePng } from "./encode.ts";
import { fileOf, peakOf } from "./peak.ts";

/** A JPEG file whose frame header declares another size. */
function resized(bytes: Uint8Array, side: number): Uint8Array {
  const copy = Buffer.from(bytes);
  const frame = copy.indexOf(Buffer.of(0xff, 0xc0));
  copy.writeUInt16BE(side, frame + 5);
  copy.writeUInt16BE(side, frame + 7);
  return copy;
}

/** A PNG file of zeros: colour, alpha, 16 bits. */
function zeros(width: number, height: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([16, 6], 8);
  const rows = deflateSync(Buffer.alloc(height * (1 + 8 * width)), { level: 9 });
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...chunk("IDAT", rows),
    ...chunk("IEND", new Uint8Array(0)),
  ]);
}

const nothing = async (): Promise<number> => {
  const folder = (await fileOf("a.png", encodePng(4, 4))).slice(0, -"a.png".length);
  return (await peakOf("fromImageFolder", folder)).megabytes;
};

test("a JPEG of a few hundred bytes that declares 4096 x 4096 pixels is refused without memory for them", async () => {
  const small = await nothing();
  const file = resized(encodeJpeg(8, 8, [1, 2, 3]), 4096);
  expect(file.length).toBeLessThan(1000);
  const path = await fileOf("a.jpg", file);
  const { outcome, megabytes } = await peakOf("fromImageFolder", path.slice(0, -"a.jpg".length));
  expect(outcome).toContain("scans of 4096 x 4096 pixels must have at least 196608 bytes, got ");
  expect(megabytes - small).toBeLessThan(60);
});

test("a PNG of zeros takes the memory of its pixels once", async () => {
  const small = await nothing();
  const file = zeros(4096, 4096);
  expect(file.length).toBeLessThan(200_000);
  const path = await fileOf("a.png", file);
  const { outcome, megabytes } = await peakOf("fromImageFolder", path.slice(0, -"a.png".length), {
    size: 8,
    background: 0,
  });
  expect(outcome).toContain(
    "the number of examples to divide (testFraction: 0 leaves them undivided) must be an integer",
  );
  // 64 MB of pixels and pieces of 4.3 MB with what the collector leaves of them; the rows, twice, would be 256 MB.
  expect(megabytes - small).toBeLessThan(200);
});

test("a blank JPEG, as short as its size allows, is decoded", () => {
  const { image } = decodeJpeg(encodeJpeg(640, 480, [255, 255, 255]));
  expect(image).toMatchObject({ width: 640, height: 480, channels: 3 });
});

test("a tall image is resized without its rows at their new width", async () => {
  const small = await nothing();
  const path = await fileOf("a.png", zeros(1, 65_535));
  const { outcome, megabytes } = await peakOf("fromImageFolder", path.slice(0, -"a.png".length), {
    size: [64, 256],
    background: 0,
  });
  expect(outcome).toContain(
    "the number of examples to divide (testFraction: 0 leaves them undivided) must be an integer",
  );
  // Those rows would take 400 MB.
  expect(megabytes - small).toBeLessThan(150);
});
