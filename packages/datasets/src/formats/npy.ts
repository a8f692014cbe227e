/**
 * NPY, the array format of NumPy (https://numpy.org/neps/nep-0001-npy-format.html), versions 1 to 3. The declared size is
 * compared with the bytes that are there before anything is allocated, so a header cannot ask for more memory than
 * the file itself takes.
 */
import { copyStrided, fromFloat16 } from "@elbo/common";
import { byteSize } from "./arrayFile.ts";
import type { StoredArray } from "./arrayFile.ts";
import type { Numbers } from "../values.ts";
import { TextArray } from "./textArray.ts";

/** What the header of an NPY file says. */
export interface NpyHeader {
  /** Type in NumPy's notation, `<f4` for little-endian 32-bit floats. */
  readonly type: string;
  /** Whether the first axis varies fastest. */
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Offset of the values in bytes. */
  readonly start: number;
  /** Size of the values in bytes. */
  readonly size: number;
}

type NumbersOf = new (buffer: ArrayBufferLike, start: number, length: number) => Numbers;

/** Array of each type of numbers; of booleans and of 16-bit floats that of their bits. */
const kinds = new Map<string, NumbersOf>([
  ["b1", Uint8Array],
  ["u1", Uint8Array],
  ["u2", Uint16Array],
  ["u4", Uint32Array],
  ["u8", BigUint64Array],
  ["i1", Int8Array],
  ["i2", Int16Array],
  ["i4", Int32Array],
  ["i8", BigInt64Array],
  ["f2", Uint16Array],
  ["f4", Float32Array],
  ["f8", Float64Array],
]);

const maxTextBytes = 65_536;

/** As many bytes as the longest header takes that is read. */
export const maxNpyHeaderBytes = 12 + maxTextBytes;

function refuse(rule: string, got: string): never {
  throw new RangeError(`decodeNpy: ${rule}, got ${got}`);
}

function headerText(bytes: Uint8Array): { text: string; start: number } {
  const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) {
    refuse(
      'file must begin with the bytes 93 "NUMPY"',
      `${String(bytes.length)} bytes of another kind`,
    );
  }
  const version = bytes[6];
  if (version < 1 || version > 3) refuse("version must be 1, 2 or 3", String(version));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const from = version === 1 ? 10 : 12;
  if (bytes.length < from)
    refuse("header must be complete", `a file of ${String(bytes.length)} bytes`);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxTextBytes || from + length > bytes.length) {
    refuse(
      "header must fit the file",
      `${String(length)} header bytes in ${String(bytes.length)} bytes`,
    );
  }
  const text = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(
    bytes.subarray(from, from + length),
  );
  return { text, start: from + length };
}

/**
 * The header of an NPY file.
 *
 * @param bytes the file, at least up to the first value
 * @throws RangeError when it is not an NPY header or describes a type other than numbers, booleans and text of one length
 */
export function decodeNpyHeader(bytes: Uint8Array): NpyHeader {
  const { text, start } = headerText(bytes);
  const type = /'descr'\s*:\s*'([^']{1,8})'/u.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/u.exec(text)?.[1];
  const sizes = /'shape'\s*:\s*\(([\d\s,]*)\)/u.exec(text)?.[1];
  if (type === undefined || order === undefined || sizes === undefined) {
    refuse(
      "header must give descr, fortran_order and shape of a plain array",
      JSON.stringify(text.trim().slice(0, 80)),
    );
  }
  const isText = textType.test(type);
  if (!isText && !(/^[<>|=]/u.test(type) && kinds.has(type.slice(1)))) {
    refuse(
      "type must be numbers, booleans or text (b1, u1 to u8, i1 to i8, f2 to f8, S, U)",
      JSON.stringify(type),
    );
  }
  const shape = sizes
    .split(",")
    .map((size) => size.trim())
    .filter((size) => size !== "")
    .map(Number);
  if (shape.length > 32) refuse("array must have at most 32 axes", String(shape.length));
  return {
    type,
    isFortran: order === "True",
    shape,
    start,
    size: byteSize(shape, itemBytesOf(type)),
  };
}

/** Bytes or characters of a text: NumPy gives their number behind the letter. */
const textType = /^[<>|=][SU]\d{1,5}$/u;

function itemBytesOf(type: string): number {
  return Number(type.slice(2)) * (type[1] === "U" ? 4 : 1);
}

/** Turns values whose first axis varies fastest into row-major order. */
function toRowMajor<T extends Numbers>(values: T, shape: readonly number[]): T {
  const result = new (values.constructor as new (length: number) => T)(values.length);
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, size) => product * size, 1),
  );
  copyStrided(values, result, { shape, strides });
  return result;
}

/**
 * Refuses a header that promises fewer or more values than there are.
 *
 * @param header what the header says
 * @param bytes size of the whole file
 * @throws RangeError naming both sizes
 */
export function checkNpySize({ shape, start, size }: NpyHeader, bytes: number): void {
  if (size === bytes - start) return;
  refuse(
    `values of shape [${shape.join(", ")}] must fill the file`,
    `${String(bytes - start)} bytes instead of ${String(size)}`,
  );
}

/**
 * The array in an NPY file, in row-major order whatever the file uses.
 *
 * @param bytes the whole file
 * @param memory `"copied"` leaves the file as it is; `"shared"` may change its bytes and return a view of them
 * @throws RangeError when the file is not NPY, of an unreadable type, or not as long as its header says
 */
export function decodeNpy(bytes: Uint8Array, memory: "copied" | "shared" = "copied"): StoredArray {
  const header = decodeNpyHeader(bytes);
  checkNpySize(header, bytes.length);
  const { type, isFortran, shape, start } = header;
  const itemBytes = itemBytesOf(type);
  if (textType.test(type)) {
    if (isFortran && shape.length > 1) refuse("text must be in row-major order", "Fortran order");
    const isLittle = !type.startsWith(">");
    const content = bytes.subarray(start);
    return {
      data: new TextArray(content, { itemBytes, isWide: type[1] === "U", isLittle }),
      shape,
    };
  }
  const isUsable = memory === "shared" && (bytes.byteOffset + start) % itemBytes === 0;
  const values = npyNumbers(isUsable ? bytes.subarray(start) : bytes.slice(start), type);
  return { data: isFortran && shape.length > 1 ? toRowMajor(values, shape) : values, shape };
}

/**
 * Numbers of a type in NumPy's notation.
 *
 * @param bytes of the values, at a place that suits their size; changed where they are big-endian
 * @returns a view of the same memory, except for booleans and 16-bit floats
 */
export function npyNumbers(bytes: Uint8Array, type: string): Numbers {
  const itemBytes = itemBytesOf(type);
  if (type.startsWith(">")) swapBytes(bytes, itemBytes);
  const Kind = kinds.get(type.slice(1)) as NumbersOf;
  return meaningOf(
    type.slice(1),
    new Kind(bytes.buffer, bytes.byteOffset, bytes.length / itemBytes),
  );
}

/** What the bits of a type without an array of its own mean: booleans are the numbers 0 and 1. */
function meaningOf(kind: string, stored: Numbers): Numbers {
  if (kind === "f2") return fromFloat16(stored as Uint16Array);
  return kind === "b1"
    ? Float32Array.from(stored as Uint8Array, (bit) => (bit === 0 ? 0 : 1))
    : stored;
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let at = 0; at < bytes.length; at += itemBytes) bytes.subarray(at, at + itemBytes).reverse();
}
