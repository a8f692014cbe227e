import { expect, test } from "vitest";
import { orient, orientationOf } from "../src/images/orientation.ts";

/** EXIF data with one entry. */
function exif(orientation: number, isLittle = true, type = 3): Uint8Array {
  const bytes = new Uint8Array(26);
  const view = new DataView(bytes.buffer);
  bytes.fill(isLittle ? 0x49 : 0x4d, 0, 2);
  view.setUint16(2, 42, isLittle);
  view.setUint32(4, 8, isLittle);
  view.setUint16(8, 1, isLittle);
  view.setUint16(10, 0x0112, isLittle);
  view.setUint16(12, type, isLittle);
  view.setUint32(14, 1, isLittle);
  view.setUint16(18, orientation, isLittle);
  return bytes;
}

test("the orientation is read in both byte orders, and is 1 where the data say nothing", () => {
  expect([orientationOf(exif(6)), orientationOf(exif(8, false))]).toEqual([6, 8]);
  const damaged = [exif(9), exif(6, true, 4), exif(6).subarray(0, 20), new Uint8Array(0)];
  expect(damaged.map(orientationOf)).toEqual([1, 1, 1, 1]);
});

// A letter of 2 x 3 as it is stored, and as it is to be looked at: table of CIPA DC-008, 4.6.4.A.
test.each([
  [1, [2, 3], "abcdef"],
  [2, [2, 3], "badcfe"],
  [3, [2, 3], "fedcba"],
  [4, [2, 3], "efcdab"],
  [5, [3, 2], "acebdf"],
  [6, [3, 2], "ecafdb"],
  [7, [3, 2], "fdbeca"],
  [8, [3, 2], "bdface"],
])("orientation %i", (orientation, [width, height], letters) => {
  const code = (text: string): Uint8Array => new TextEncoder().encode(text);
  const stored = { width: 2, height: 3, channels: 1, data: code("abcdef") } as const;
  const turned = orient(stored, orientation);
  expect([turned.width, turned.height]).toEqual([width, height]);
  expect(new TextDecoder().decode(turned.data)).toBe(letters);
  const colour = { ...stored, channels: 3, data: code("aAAbBBcCCdDDeEEfFF") } as const;
  const each = [...letters].map((letter) => letter + letter.toUpperCase().repeat(2)).join("");
  expect(new TextDecoder().decode(orient(colour, orientation).data)).toBe(each);
});
