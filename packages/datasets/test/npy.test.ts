import { expect, test } from "vitest";
import { decodeNpy } from "../src/formats/npy.ts";
import { encodeNpy } from "./encode.ts";

test.each([
  ["|u1", Uint8Array.of(0, 1, 255)],
  ["|i1", Int8Array.of(0, -1, 127)],
  ["<i2", Int16Array.of(0, -1, 300)],
  ["<i4", Int32Array.of(0, -1, 70_000)],
  ["<i8", BigInt64Array.of(0n, -1n, 2n ** 40n)],
  ["<u2", Uint16Array.of(0, 1, 65_535)],
  ["<u4", Uint32Array.of(0, 1, 2 ** 32 - 1)],
  ["<u8", BigUint64Array.of(0n, 1n, 2n ** 63n)],
  ["<f4", Float32Array.of(0, -1.5, 1e10)],
  ["<f8", Float64Array.of(0, -1.5, 1e100)],
])("%s is read", (type, values) => {
  expect(decodeNpy(encodeNpy(values, type, { shape: [3] }))).toEqual({ data: values, shape: [3] });
});

test("booleans are 0 and 1", () => {
  const bytes = encodeNpy(Uint8Array.of(0, 1, 2), "|b1", { shape: [3] });
  expect(decodeNpy(bytes).data).toEqual(Float32Array.of(0, 1, 1));
});

test("16-bit floats are exact", () => {
  // numpy.float16 of these, by .view(numpy.uint16).
  const bits = Uint16Array.of(
    0x3555,
    0xc000,
    0x7bff,
    0x0001,
    0x03ff,
    0x8000,
    0x7c00,
    0xfc00,
    0x7e00,
  );
  const { data } = decodeNpy(encodeNpy(bits, "<f2", { shape: [9] }));
  expect(data).toEqual(
    Float32Array.of(
      0.333251953125,
      -2,
      65504,
      2 ** -24,
      1023 * 2 ** -24,
      -0,
      Infinity,
      -Infinity,
      NaN,
    ),
  );
  const turned = encodeNpy(Uint8Array.of(0x35, 0x55), ">f2", { shape: [1] });
  expect(decodeNpy(turned).data).toEqual(Float32Array.of(0.333251953125));
});

test("text of one length is read, in bytes and in characters", () => {
  const list = (bytes: Uint8Array): unknown[] => {
    const { data } = decodeNpy(bytes);
    return Array.from({ length: data.length }, (_, i) => data.at(i));
  };
  const bytes = new TextEncoder().encode("ab\0c\0\0");
  expect(list(encodeNpy(bytes, "|S3", { shape: [2] }))).toEqual(["ab", "c"]);
  const wide = Uint32Array.of(0xe9, 0x1f642, 0x61, 0);
  expect(list(encodeNpy(wide, "<U2", { shape: [2] }))).toEqual(["é🙂", "a"]);
  expect(list(encodeNpy(Uint8Array.of(0, 0, 0, 0x61), ">U1", { shape: [1] }))).toEqual(["a"]);
  expect(list(encodeNpy(new Uint8Array(0), "<U0", { shape: [0] }))).toEqual([]);
});

test("big-endian values are turned", () => {
  const bytes = encodeNpy(Uint8Array.of(0, 0, 1, 2, 255, 255, 255, 255), ">i4", { shape: [2] });
  expect(decodeNpy(bytes).data).toEqual(Int32Array.of(258, -1));
});

test("Fortran order becomes row-major order", () => {
  // [[0, 1, 2], [3, 4, 5]] stored column by column.
  const bytes = encodeNpy(Uint8Array.of(0, 3, 1, 4, 2, 5), "|u1", { shape: [2, 3], fortran: true });
  expect(decodeNpy(bytes).data).toEqual(Uint8Array.of(0, 1, 2, 3, 4, 5));
});

test.each([2, 3])("version %i of the header is read", (version) => {
  const first = encodeNpy(Uint8Array.of(7), "|u1", { shape: [1] });
  const bytes = Uint8Array.of(...first.subarray(0, 10), 0, 0, ...first.subarray(10));
  bytes[6] = version;
  expect(decodeNpy(bytes)).toEqual({ data: Uint8Array.of(7), shape: [1] });
});

test.each([
  ["text", new TextEncoder().encode("some words, no array"), "begin with the bytes 93"],
  [
    "an object array",
    encodeNpy(new Uint8Array(8), "|O", { shape: [1] }),
    'f2 to f8, S, U), got "|O"',
  ],
  ["complex numbers", encodeNpy(new Uint8Array(8), "<c8", { shape: [1] }), 'got "<c8"'],
  [
    "a declared terabyte",
    encodeNpy(new Uint8Array(3), "<f8", { shape: [1_000_000, 125_000] }),
    "must fill the file, got 3 bytes instead of 1000000000000",
  ],
  [
    "a size that no integer counts",
    encodeNpy(new Uint8Array(3), "|u1", { shape: [2 ** 40, 2 ** 40] }),
    "got 3 bytes instead of Infinity",
  ],
  ["values too many", encodeNpy(new Uint8Array(5), "|u1", { shape: [4] }), "5 bytes instead of 4"],
])("%s is refused", (_, bytes, message) => {
  expect(() => decodeNpy(bytes)).toThrow(message);
  expect(() => decodeNpy(bytes)).toThrow(/^decodeNpy: /u);
});
