import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeIdx, decodeIdxBytes, encodeIdx } from "../src/formats/idx.ts";

test("what is encoded is decoded again", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }), (shape) => {
      const length = shape.reduce((product, size) => product * size, 1);
      const data = Uint8Array.from({ length }, (_, i) => i);
      expect(decodeIdx(encodeIdx({ data, shape }))).toEqual({ data, shape });
    }),
  );
});

test("a file from the definition of the format is decoded", () => {
  const bytes = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
  expect(decodeIdx(bytes)).toEqual({ data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] });
});

test.each([
  ["signed bytes", [9, 255, 1], Int8Array.of(-1, 1)],
  ["16-bit integers", [11, 255, 254, 1, 0], Int16Array.of(-2, 256)],
  ["32-bit integers", [12, 0, 0, 1, 2, 255, 255, 255, 255], Int32Array.of(258, -1)],
  ["floats", [13, 0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0], Float32Array.of(1.5, -2)],
  ["doubles", [14, 0x3f, 0xf8, ...new Array<number>(14).fill(0)], Float64Array.of(1.5, 0)],
])("%s are read, the higher byte first", (_, [type, ...values], data) => {
  const bytes = Uint8Array.of(0, 0, type, 1, 0, 0, 0, 2, ...values);
  expect(decodeIdx(bytes)).toEqual({ data, shape: [2] });
  expect(() => decodeIdxBytes(bytes)).toThrow("values must be unsigned bytes");
});

test.each([
  ["nothing", [], "decodeIdx: file must hold at least 4 bytes, got 0"],
  [
    "another format",
    [80, 75, 3, 4],
    "begin with the bytes 00 00 and a type, 08, 09 or 0b to 0e, got 50 4b",
  ],
  ["a type that is none", [0, 0, 10, 1, 0, 0, 0, 0], "0b to 0e, got 00 00 0a 01"],
  ["no axis", [0, 0, 8, 0], "sizes of 1 to 8 axes, got 0 axes in 4 bytes"],
  ["a cut header", [0, 0, 8, 3, 0, 0, 0, 1], "sizes of 1 to 8 axes, got 3 axes in 8 bytes"],
  ["missing values", [0, 0, 8, 1, 0, 0, 0, 3, 7], "shape [3] must match the values in the file"],
  ["values too many", [0, 0, 8, 1, 0, 0, 0, 1, 7, 7], "got 2 bytes"],
])("%s is refused", (_, bytes, message) => {
  expect(() => decodeIdx(Uint8Array.from(bytes))).toThrow(message);
});

test("a header that declares more than memory holds is refused before anything is allocated", () => {
  const bytes = Uint8Array.of(0, 0, 8, 3, ...new Array<number>(12).fill(255), 1, 2, 3);
  expect(() => decodeIdx(bytes)).toThrow("shape [4294967295, 4294967295, 4294967295] must match");
});
