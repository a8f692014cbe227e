/** Pixels compared with those of fast-png, over random rows with random filters. */
import { convertIndexedToRgb, decode } from "fast-png";
import fc from "fast-check";
import { zlibSync } from "fflate";
import { expect, test } from "vitest";
import { decodePng } from "../src/images/png.ts";
import { chunk } from "./encode.ts";

interface Kind {
  readonly colorType: number;
  readonly depth: number;
  readonly stored: number;
}

const kinds: readonly Kind[] = [
  ...[8, 16].flatMap((depth) => [
    { colorType: 0, depth, stored: 1 },
    { colorType: 2, depth, stored: 3 },
    { colorType: 4, depth, stored: 2 },
    { colorType: 6, depth, stored: 4 },
  ]),
  ...[1, 2, 4, 8].map((depth) => ({ colorType: 3, depth, stored: 1 })),
];

const palette = Uint8Array.from({ length: 768 }, (_, i) => (i * 37) % 256);

function file(
  kind: Kind,
  [width, height]: readonly [number, number],
  rows: Uint8Array,
): Uint8Array {
  const header = Uint8Array.of(
    0,
    0,
    0,
    width,
    0,
    0,
    0,
    height,
    kind.depth,
    kind.colorType,
    0,
    0,
    0,
  );
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", header),
    ...(kind.colorType === 3 ? chunk("PLTE", palette) : []),
    ...chunk("IDAT", zlibSync(rows)),
    ...chunk("IEND", new Uint8Array(0)),
  ]);
}

test.each(kinds)("colour type $colorType with $depth bits", (kind) => {
  const side = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(side, side, fc.infiniteStream(fc.nat(255)), (width, height, bytes) => {
      const rowBytes = 1 + Math.ceil((width * kind.depth * kind.stored) / 8);
      const values = bytes.take(rowBytes * height);
      const rows = Uint8Array.from(values, (byte, i) => (i % rowBytes === 0 ? byte % 5 : byte));
      const png = file(kind, [width, height], rows);
      const reference = decode(png);
      const { data } = decodePng(png).image;
      const expected =
        kind.colorType === 3
          ? [...convertIndexedToRgb(reference)]
          : Array.from(reference.data, (value) => (kind.depth === 16 ? value >> 8 : value));
      expect([...data]).toEqual(expected);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test("interlaced grey values of two bits are the same as others", () => {
  // Columns 0 to 4 of one row lie in the passes 1, 6, 4, 6 and 2, each a row of its own.
  const plain = Uint8Array.of(0, 0b00011011, 0b10_000000);
  const passes = Uint8Array.of(0, 0b00_000000, 0, 0b10_000000, 0, 0b10_000000, 0, 0b0111_0000);
  const kind = { colorType: 0, depth: 2, stored: 1 };
  const interlaced = file(kind, [5, 1], passes);
  const header = Uint8Array.of(0, 0, 0, 5, 0, 0, 0, 1, 2, 0, 0, 0, 1);
  interlaced.set(chunk("IHDR", header), 8);
  expect(decodePng(interlaced)).toEqual(decodePng(file(kind, [5, 1], plain)));
});
