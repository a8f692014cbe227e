/**
 * NPY, the array format of NumPy (https://numpy.org/neps/nep-0001-npy-format.html), versions 1 to 3. The declared size is
 * compared with the bytes that are there before anything is allocated, so a header cannot ask for more memory than
 * the file itself takes.
 */
import { byteSize } from "./arrayFile.ts";
import type { StoredArray } from "./arrayFile.ts";

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

type Values = StoredArray["data"];

const readers = new Map<string, (buffer: ArrayBuffer) => Values>([
  ["u1", (buffer) => new Uint8Array(buffer)],
  ["i1", (buffer) => new Int8Array(buffer)],
  ["i2", (buffer) => new Int16Array(buffer)],
  ["i4", (buffer) => new Int32Array(buffer)],
  ["i8", (buffer) => new BigInt64Array(buffer)],
  ["f4", (buffer) => new Float32Array(buffer)],
  ["f8", (buffer) => new Float64Array(buffer)],
]);

const maxHeaderBytes = 65_536;

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
  if (length > maxHeaderBytes || from + length > bytes.length) {
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
 * @throws RangeError when it is not an NPY header or describes a type other than u1, i1, i2, i4, i8, f4, f8
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
  const isKnown = /^[<>|=]/u.test(type) && readers.has(type.slice(1));
  if (!isKnown) {
    refuse("type must be u1, i1, i2, i4, i8, f4 or f8", JSON.stringify(type));
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
    size: byteSize(shape, Number(type[2])),
  };
}

/** Turns values whose first axis varies fastest into row-major order. */
function toRowMajor(values: Values, shape: readonly number[]): Values {
  const result = new (values.constructor as new (length: number) => Values)(values.length);
  const index = shape.map(() => 0);
  const strides = shape.map((_, axis) =>
    shape.slice(0, axis).reduce((product, size) => product * size, 1),
  );
  let from = 0;
  for (let to = 0; to < values.length; to++) {
    (result as Uint8Array)[to] = (values as Uint8Array)[from];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis];
      index[axis] = index[axis] + 1;
      if (index[axis] < shape[axis]) break;
      from -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

/**
 * The array in an NPY file, copied into memory of its own, in row-major order whatever the file uses.
 *
 * @param bytes the whole file
 * @throws RangeError when the file is not NPY, of an unreadable type, or not as long as its header says
 */
export function decodeNpy(bytes: Uint8Array): StoredArray {
  const { type, isFortran, shape, start, size } = decodeNpyHeader(bytes);
  if (size !== bytes.length - start) {
    refuse(
      `values of shape [${shape.join(", ")}] must fill the file`,
      `${String(bytes.length - start)} bytes instead of ${String(size)}`,
    );
  }
  const buffer = bytes.slice(start).buffer;
  if (type.startsWith(">")) swapBytes(new Uint8Array(buffer), Number(type[2]));
  const values = (readers.get(type.slice(1)) as (from: ArrayBuffer) => Values)(buffer);
  return { data: isFortran && shape.length > 1 ? toRowMajor(values, shape) : values, shape };
}

function swapBytes(bytes: Uint8Array, itemBytes: number): void {
  for (let at = 0; at < bytes.length; at += itemBytes) bytes.subarray(at, at + itemBytes).reverse();
}
