import { expect, test } from "vitest";
import { decodeNpy } from "../src/formats/npy.ts";
import { encodeNpy } from "./encode.ts";

test.each([
  ["|u1", Uint8Array.of(0, 1, 255)],
  ["|i1", Int8Array.of(0, -1, 127)],
  ["<i2", Int16Array.of(0, -1, 300)],
  ["<i4", Int32Array.of(0, -1, 70_000)],
  ["<i8", BigInt64Array.of(0n, -1n, 2n ** 40n)],
  ["<f4", Float32Array.of(0, -1.5, 1e10)],
  ["<f8", Float64Array.of(0, -1.5, 1e100)],
])("%s is read", (type, values) => {
  expect(decodeNpy(encodeNpy(values, type, { shape: [3] }))).toEqual({ data: values, shape: [3] });
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
  ["an object array", encodeNpy(new Uint8Array(8), "|O", { shape: [1] }), 'f4 or f8, got "|O"'],
  ["half floats", encodeNpy(new Uint8Array(2), "<f2", { shape: [1] }), 'got "<f2"'],
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
