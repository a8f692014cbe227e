import { encode } from "fast-png";
import { zlibSync } from "fflate";
import { describe, expect, test } from "vitest";
import { toChannels } from "../src/images/image.ts";
import { decodeJpeg } from "../src/images/jpeg.ts";
import { decodePng } from "../src/images/png.ts";
import { resize } from "../src/images/resize.ts";
import { chunk, encodeJpeg, encodePng } from "./encode.ts";

/** A PNG file of any header and rows. */
function png(
  header: readonly number[],
  rows: Uint8Array,
  extra: readonly number[] = [],
): Uint8Array {
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    ...chunk("IHDR", Uint8Array.from(header)),
    ...extra,
    ...chunk("IDAT", zlibSync(rows)),
    ...chunk("IEND", new Uint8Array(0)),
  ]);
}

const size = (width: number, height: number): number[] =>
  [width, height].flatMap((side) => [24, 16, 8, 0].map((shift) => (side >>> shift) & 255));

describe("PNG", () => {
  test.each([
    ["grey", 1],
    ["grey with alpha", 2],
    ["colour", 3],
    ["colour with alpha", 4],
  ])("%s is decoded", (_, channels) => {
    const { image } = decodePng(encodePng(3, 2, { channels, first: 10 }));
    expect(image).toMatchObject({ width: 3, height: 2, channels });
    expect([...image.data]).toEqual(Array.from({ length: 6 * channels }, (_unused, i) => 10 + i));
  });

  test("16-bit values keep their upper byte", () => {
    const data = Uint16Array.of(0, 0x1234, 0xff00, 0xffff);
    const { image } = decodePng(encode({ width: 2, height: 2, data, channels: 1, depth: 16 }));
    expect([...image.data]).toEqual([0, 0x12, 0xff, 0xff]);
  });

  test("grey values of one and two bits are spread over the whole range", () => {
    const bits = png([...size(3, 2), 1, 0, 0, 0, 0], Uint8Array.of(0, 0b10100000, 0, 0b01000000));
    expect([...decodePng(bits).image.data]).toEqual([255, 0, 255, 0, 255, 0]);
    const pairs = png([...size(4, 1), 2, 0, 0, 0, 0], Uint8Array.of(0, 0b00011011));
    expect([...decodePng(pairs).image.data]).toEqual([0, 85, 170, 255]);
  });

  test("a palette becomes colours, its transparency alpha", () => {
    const palette = chunk("PLTE", Uint8Array.of(1, 2, 3, 40, 50, 60));
    const alpha = chunk("tRNS", Uint8Array.of(7));
    const rows = Uint8Array.of(0, 0b01000000);
    const file = (extra: number[]): Uint8Array => png([...size(2, 1), 1, 3, 0, 0, 0], rows, extra);
    const plain = decodePng(file(palette)).image;
    expect([plain.channels, ...plain.data]).toEqual([3, 1, 2, 3, 40, 50, 60]);
    const { image } = decodePng(file([...palette, ...alpha]));
    expect([image.channels, ...image.data]).toEqual([4, 1, 2, 3, 7, 40, 50, 60, 255]);
  });

  test("the colour that stands for transparency becomes alpha 0, compared in all its bits", () => {
    const grey = chunk("tRNS", Uint8Array.of(0, 2));
    const two = png([...size(4, 1), 2, 0, 0, 0, 0], Uint8Array.of(0, 0b00011011), grey);
    expect([...decodePng(two).image.data]).toEqual([0, 255, 85, 255, 170, 0, 255, 255]);
    const key = chunk("tRNS", Uint8Array.of(0, 1, 0, 2, 0, 3));
    const deep = Uint8Array.of(0, 0, 1, 0, 2, 0, 3, 0, 1, 0, 2, 0, 4);
    const { image } = decodePng(png([...size(2, 1), 16, 2, 0, 0, 0], deep, key));
    expect([...image.data]).toEqual([0, 0, 0, 0, 0, 0, 0, 255]);
    const short = png([...size(1, 1), 8, 2, 0, 0, 0], Uint8Array.of(0, 1, 2, 3), grey);
    expect(() => decodePng(short)).toThrow("tRNS chunk must have 6 bytes, got 2");
  });

  test.each([
    [9, 7],
    [1, 1],
    [3, 2],
    [5, 17],
  ])("interlaced images of %i x %i equal others", (width, height) => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 256);
    const image = { width, height, data, channels: 3 };
    expect(decodePng(encode(image, { interlace: "Adam7" }))).toEqual(decodePng(encode(image)));
  });

  test("a declared gigapixel is refused before anything is allocated", () => {
    const bytes = png([...size(65_535, 65_535), 8, 0, 0, 0, 0], new Uint8Array(4));
    expect(() => decodePng(bytes)).toThrow(
      "from 1 to 16777216 pixels and sides of at most 65535, got 65535 x 65535",
    );
  });

  test("rows that decompress to more than the picture are refused", () => {
    const bytes = png([...size(2, 2), 8, 0, 0, 0, 0], new Uint8Array(2 ** 25));
    expect(() => decodePng(bytes)).toThrow("rows must end with the picture");
  });

  test.each([
    ["a cut end", encodePng(4, 4).subarray(0, -6), "cut"],
    [
      "a missing row",
      png([...size(2, 2), 8, 0, 0, 0, 0], Uint8Array.of(0, 1, 2)),
      "rows must be complete, got fewer",
    ],
    ["no pixels", png([...size(0, 2), 8, 0, 0, 0, 0], Uint8Array.of(0)), "got 0 x 2"],
    ["an unknown colour type", png([...size(1, 1), 8, 5, 0, 0, 0], Uint8Array.of(0, 1)), "got 5"],
  ])("%s is refused", (_, bytes, message) => {
    expect(() => decodePng(bytes)).toThrow(message);
  });
});

describe("JPEG", () => {
  test("colour is decoded", () => {
    const { image } = decodeJpeg(encodeJpeg(16, 8, [200, 100, 50]));
    expect(image).toMatchObject({ width: 16, height: 8, channels: 3 });
    [200, 100, 50].forEach((value, c) => {
      // Quality 95 rounds coefficients, and YCbCr rounds once more.
      expect(Math.abs(image.data[c] - value)).toBeLessThan(4);
    });
  });

  test.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ["a cut end", (bytes) => bytes.subarray(0, bytes.length - 20), "cut end"],
    ["another start", (bytes) => bytes.subarray(1), "begin with FF D8"],
    [
      "a declared size beyond the limit",
      (bytes) => {
        const copy = bytes.slice();
        const frame = copy.findIndex((byte, i) => byte === 0xff && copy[i + 1] === 0xc0);
        copy.fill(255, frame + 5, frame + 9);
        return copy;
      },
      "from 1 to 16777216 pixels and sides of at most 65535, got 65535 x 65535",
    ],
  ])("%s is refused", (_, change, message) => {
    expect(() => decodeJpeg(change(encodeJpeg(8, 8, [1, 2, 3])))).toThrow(message);
  });
});

describe("resizing", () => {
  const image = (
    width: number,
    height: number,
    data: readonly number[],
  ): Parameters<typeof resize>[0] => ({
    width,
    height,
    channels: 1,
    data: Uint8Array.from(data),
  });

  test("an image of one value keeps it", () => {
    const flat = resize(image(5, 3, new Array<number>(15).fill(77)), [7, 2]);
    expect(flat).toMatchObject({ height: 7, width: 2 });
    expect(new Set(flat.data)).toEqual(new Set([77]));
  });

  test("an image of the same size is the same", () => {
    expect([...resize(image(2, 2, [1, 2, 3, 4]), [2, 2]).data]).toEqual([1, 2, 3, 4]);
  });

  test("every pixel counts when an image shrinks", () => {
    const stripes = Array.from({ length: 64 }, (_, i) => (i % 2) * 200);
    const small = resize(image(8, 8, stripes), [2, 2]);
    small.data.forEach((value) => {
      // The stripes have the mean 100; the border cuts the filter, which shifts it by less than 10.
      expect(Math.abs(value - 100)).toBeLessThan(10);
    });
  });

  test("doubling a ramp keeps it a ramp", () => {
    expect([...resize(image(2, 1, [0, 100]), [1, 4]).data]).toEqual([0, 25, 75, 100]);
  });
});

test("grey becomes three equal channels and colour its luma", () => {
  const grey = { width: 2, height: 1, channels: 1, data: Uint8Array.of(5, 9) } as const;
  expect([...toChannels(grey, 3).data]).toEqual([5, 5, 5, 9, 9, 9]);
  const colour = { width: 1, height: 1, channels: 3, data: Uint8Array.of(255, 0, 0) } as const;
  expect([...toChannels(colour, 1).data]).toEqual([76]);
  expect([...toChannels(toChannels(grey, 3), 1).data]).toEqual([5, 9]);
});
