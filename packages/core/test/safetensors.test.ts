import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../src/files/safetensors.ts";
import type { StoredTensor } from "../src/files/elementTypes.ts";

const content = new Map<string, StoredTensor>([
  ["bytes", { data: Uint8Array.of(1, 2, 3), shape: [3] }],
  ["weights", { data: Float32Array.of(1.5, -2, NaN, Infinity), shape: [2, 2] }],
  ["numbers", { data: Float64Array.of(Math.PI), shape: [] }],
  ["indices", { data: Int32Array.of(-7, 8), shape: [1, 2] }],
  ["nothing", { data: new Float32Array(0), shape: [0, 5] }],
  ["__proto__", { data: Uint8Array.of(9), shape: [1] }],
]);
const bytes = encodeSafetensors(content, new Map([["note", "a text with ü"]]));

/** A file with this header, before eight zero bytes of values. */
function fileOf(header: unknown, length?: bigint): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const file = new Uint8Array(8 + json.length + 8);
  new DataView(file.buffer).setBigUint64(0, length ?? BigInt(json.length), true);
  file.set(json, 8);
  return file;
}
const f32 = (shape: unknown, offsets: unknown): unknown => ({
  a: { dtype: "F32", shape, data_offsets: offsets },
});

test("what is written is read back, values, shapes and metadata", () => {
  const { tensors, metadata } = decodeSafetensors(bytes, "file");
  expect(Object.fromEntries(tensors)).toEqual(Object.fromEntries(content));
  expect([...metadata]).toEqual([["note", "a text with ü"]]);
});

test("half and brain floats, integers of other widths and booleans are read as the written kinds", () => {
  const parts: [string, ArrayBufferView][] = [
    ["I64", BigInt64Array.of(-3n, 2n ** 31n - 1n)],
    ["F16", Uint16Array.of(0x3e00, 0xc080, 0x7c00)], // 1.5, -2.25, infinity
    ["BF16", Uint16Array.of(0x3fc0, 0xff80)], // 1.5, -infinity
    ["I16", Int16Array.of(-300)],
    ["I8", Int8Array.of(-128, 127)],
    ["BOOL", Uint8Array.of(1, 0)],
  ];
  let at = 0;
  const header = parts.map(([dtype, { byteLength, constructor }]) => {
    const size = byteLength / (constructor as typeof Uint8Array).BYTES_PER_ELEMENT;
    return [dtype, { dtype, shape: [size], data_offsets: [at, (at += byteLength)] }];
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const length = new Uint8Array(BigUint64Array.of(BigInt(json.length)).buffer);
  const values = parts.map(([, view]) => Buffer.from(view.buffer));
  const { tensors } = decodeSafetensors(Buffer.concat([length, json, ...values]), "file");
  expect(Object.fromEntries([...tensors].map(([name, { data }]) => [name, data]))).toEqual({
    I64: Int32Array.of(-3, 2 ** 31 - 1),
    F16: Float32Array.of(1.5, -2.25, Infinity),
    BF16: Float32Array.of(1.5, -Infinity),
    I16: Int32Array.of(-300),
    I8: Int32Array.of(-128, 127),
    BOOL: Uint8Array.of(1, 0),
  });
});

test("an integer of more than 32 bits is refused", () => {
  const file = fileOf({ a: { dtype: "I64", shape: [1], data_offsets: [0, 8] } });
  file.fill(1, file.length - 8);
  expect(() => decodeSafetensors(file, "w")).toThrow(
    'decodeSafetensors: w must hold integers of 32 bits, got wider ones in "a"',
  );
});

test("values begin at a multiple of 8, the wider ones first", () => {
  const header = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  expect(header % 8).toBe(0);
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + header))) as Record<
    string,
    { data_offsets: number[] }
  >;
  expect(json["numbers"].data_offsets).toEqual([0, 8]);
  expect(json["weights"].data_offsets[0] % 4).toBe(0);
});

test("random tensors survive a round trip", () => {
  const tensor = fc
    .tuple(
      fc.constantFrom(Float32Array, Float64Array, Int32Array, Uint8Array),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }),
      fc.integer(),
    )
    .map(([kind, shape, seed]): StoredTensor => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = new kind(size);
      for (let i = 0; i < size; i++) data[i] = (seed + i * 37) % 251;
      return { data, shape };
    });
  fc.assert(
    fc.property(fc.dictionary(fc.string(), tensor), (tensors) => {
      const map = new Map(Object.entries(tensors).filter(([name]) => name !== "__metadata__"));
      const decoded = decodeSafetensors(encodeSafetensors(map), "file");
      expect([...decoded.tensors].sort()).toEqual([...map].sort());
    }),
  );
});

test.each<[string, Uint8Array, string]>([
  ["seven bytes", new Uint8Array(7), "begin with eight bytes of header length, got 7 bytes"],
  ["a header of terabytes", fileOf({}, 2n ** 43n), "hold its header of 8796093022208 bytes"],
  [
    "a header of 2^64 - 1 bytes",
    fileOf({}, 2n ** 64n - 1n),
    "hold its header of 18446744073709551615",
  ],
  ["a header that is no JSON", fileOf("{x"), "have a header of UTF-8 JSON"],
  ["a list as header", fileOf([]), "have a JSON object as its header"],
  [
    "metadata that are no strings",
    fileOf({ __metadata__: { a: 1 } }),
    'have strings in __metadata__, got another value at "a"',
  ],
  [
    "an unknown dtype",
    fileOf({ a: { dtype: "F8", shape: [], data_offsets: [0, 1] } }),
    'give "a" a dtype among F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL, got "F8"',
  ],
  [
    "a negative size",
    fileOf(f32([-1], [0, 0])),
    'describe "a" by dtype, shape and data_offsets, got no list of sizes as its shape',
  ],
  [
    "a size beyond integers",
    fileOf(f32([1e300], [0, 8])),
    'describe "a" by dtype, shape and data_offsets, got no list of sizes as its shape',
  ],
  ["sizes whose product overflows", fileOf(f32([2 ** 50, 2 ** 50], [0, 8])), 'give "a"'],
  [
    "offsets that are no pair",
    fileOf(f32([2], [0])),
    'describe "a" by dtype, shape and data_offsets, got no pair of integers as its data_offsets',
  ],
  ["too few bytes", fileOf(f32([2], [0, 4])), 'give "a" 8 bytes for its shape [2], got 4'],
  ["values beyond the end", fileOf(f32([4], [0, 16])), "hold 16 bytes of values, got 8"],
  ["a gap", fileOf(f32([1], [4, 8])), 'hold its values without gaps, got "a" at 4 instead of 0'],
  ["bytes left over", fileOf(f32([1], [0, 4])), "hold 4 bytes of values, got 8"],
])("%s is refused", (_, file, message) => {
  expect(() => decodeSafetensors(file, "w.safetensors")).toThrow(
    `decodeSafetensors: w.safetensors must ${message}`,
  );
});

const isSentence = (error: unknown): boolean =>
  error instanceof Error &&
  error.constructor === Error &&
  /^decodeSafetensors: file must [^\n]{1,300}$/.test(error.message);

/** Decoding either succeeds or fails with one sentence. */
function decodesOrRefuses(file: Uint8Array): void {
  try {
    decodeSafetensors(file, "file");
  } catch (error) {
    expect(isSentence(error)).toBe(true);
  }
}

test("every truncation is refused in one sentence", () => {
  for (let length = 0; length < bytes.length; length++) {
    let caught: unknown;
    try {
      decodeSafetensors(bytes.subarray(0, length), "file");
    } catch (error) {
      caught = error;
    }
    expect(isSentence(caught)).toBe(true);
  }
});

test("random mutations decode or are refused in one sentence", () => {
  const mutation = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 8 }), (mutations) => {
      const file = bytes.slice();
      for (const [at, value] of mutations) file[at] = value;
      decodesOrRefuses(file);
    }),
    { numRuns: 2000 },
  );
});

test("random headers decode or are refused in one sentence", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      decodesOrRefuses(fileOf(json));
    }),
    { numRuns: 1000 },
  );
});
