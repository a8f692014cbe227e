/**
 * IDX, the format of MNIST: two zero bytes, a type, the number of axes, one big-endian 32-bit size per axis, the
 * values in row-major order, big-endian.
 */
import type { Numbers } from "../values.ts";
import { byteSize } from "./arrayFile.ts";
import { inflate, inflateStart } from "./inflate.ts";

/** Unsigned bytes with a shape. */
export interface Bytes {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
}

/** Numbers with a shape. */
export interface IdxArray {
  readonly data: Numbers;
  readonly shape: readonly number[];
}

type NumbersOf = new (buffer: ArrayBufferLike) => Numbers;

/** Bytes of a value, and its array, by the third byte of the file. */
const types = new Map<number, { itemBytes: number; Kind: NumbersOf }>([
  [0x08, { itemBytes: 1, Kind: Uint8Array }],
  [0x09, { itemBytes: 1, Kind: Int8Array }],
  [0x0b, { itemBytes: 2, Kind: Int16Array }],
  [0x0c, { itemBytes: 4, Kind: Int32Array }],
  [0x0d, { itemBytes: 4, Kind: Float32Array }],
  [0x0e, { itemBytes: 8, Kind: Float64Array }],
]);

const mostAxes = 8;

interface IdxHeader {
  readonly shape: readonly number[];
  readonly itemBytes: number;
  readonly Kind: NumbersOf;
  /** Offset and size of the values in bytes. */
  readonly start: number;
  readonly size: number;
}

function readHeader(bytes: Uint8Array): IdxHeader {
  if (bytes.length < 4) {
    throw new RangeError(`decodeIdx: file must hold at least 4 bytes, got ${String(bytes.length)}`);
  }
  const [zero, alsoZero, type, axes] = bytes as unknown as [number, number, number, number];
  const known = types.get(type);
  if (zero !== 0 || alsoZero !== 0 || known === undefined) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
    throw new RangeError(
      `decodeIdx: file must begin with the bytes 00 00 and a type, 08, 09 or 0b to 0e, got ${start.join(" ")}`,
    );
  }
  const start = 4 + 4 * axes;
  if (axes < 1 || axes > mostAxes || bytes.length < start) {
    throw new RangeError(
      `decodeIdx: header must hold the sizes of 1 to 8 axes, got ${String(axes)} axes in ${String(bytes.length)} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { ...known, shape, start, size: byteSize(shape, known.itemBytes) };
}

/**
 * The array in an IDX file.
 *
 * @param bytes the whole file, decompressed
 * @returns bytes as a view of the same memory, other types copied
 * @throws RangeError when the header is not one of IDX or disagrees with the number of bytes
 */
export function decodeIdx(bytes: Uint8Array): IdxArray {
  const { shape, itemBytes, Kind, start, size } = readHeader(bytes);
  if (size !== bytes.length - start) {
    throw new RangeError(
      `decodeIdx: shape [${shape.join(", ")}] must match the values in the file, got ${String(bytes.length - start)} bytes`,
    );
  }
  const content = bytes.subarray(start);
  if (Kind === Uint8Array) return { data: content, shape };
  const turned = content.slice();
  for (let at = 0; at < turned.length; at += itemBytes) {
    turned.subarray(at, at + itemBytes).reverse();
  }
  return { data: new Kind(turned.buffer), shape };
}

/**
 * The array in an IDX file of unsigned bytes, which all published sets are.
 *
 * @throws RangeError when it is another file
 */
export function decodeIdxBytes(bytes: Uint8Array): Bytes {
  const { data, shape } = decodeIdx(bytes);
  if (data instanceof Uint8Array) return { data, shape };
  throw new RangeError(`decodeIdx: values must be unsigned bytes, got type ${String(bytes[2])}`);
}

/**
 * An IDX file, decompressed where it is compressed by gzip, up to the size that its own header promises.
 *
 * @param bytes the whole file
 * @throws Error or RangeError when it is damaged, or holds more or less than its header says
 */
export function openIdx(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const { start, size } = readHeader(inflateStart(bytes, 4 + 4 * mostAxes, "gzip"));
  // Deflate makes at most 1032 bytes out of one.
  if (start + size > bytes.length * 1032) {
    throw new RangeError(
      `openIdx: values must be there, got ${String(bytes.length)} compressed bytes for ${String(size)}`,
    );
  }
  return inflate(bytes, start + size, "gzip");
}

/**
 * An IDX file of unsigned bytes.
 *
 * @param array values in row-major order and their shape
 * @returns the whole file, not compressed
 * @throws RangeError when values and shape disagree
 */
export function encodeIdx({ data, shape }: Bytes): Uint8Array {
  if (byteSize(shape, 1) !== data.length || shape.length < 1 || shape.length > 8) {
    throw new RangeError(
      `encodeIdx: shape must have 1 to 8 axes and ${String(data.length)} values, got [${shape.join(", ")}]`,
    );
  }
  const header = 4 + 4 * shape.length;
  const bytes = new Uint8Array(header + data.length);
  const view = new DataView(bytes.buffer);
  bytes[2] = 8;
  bytes[3] = shape.length;
  shape.forEach((size, axis) => {
    view.setUint32(4 + 4 * axis, size);
  });
  bytes.set(data, header);
  return bytes;
}
