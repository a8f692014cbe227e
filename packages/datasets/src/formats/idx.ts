/**
 * IDX, the format of MNIST: two zero bytes, a type, the number of axes, one big-endian 32-bit size per axis, the
 * values in row-major order. Only unsigned bytes (type 8) are read: every published set uses them.
 */
import { byteSize } from "./arrayFile.ts";

/** Unsigned bytes with a shape. */
export interface Bytes {
  readonly data: Uint8Array;
  readonly shape: readonly number[];
}

/**
 * The array in an IDX file.
 *
 * @param bytes the whole file, decompressed
 * @returns a view of the same memory and its shape
 * @throws RangeError when the header is not one of IDX or disagrees with the number of bytes
 */
export function decodeIdx(bytes: Uint8Array): Bytes {
  if (bytes.length < 4) {
    throw new RangeError(`decodeIdx: file must hold at least 4 bytes, got ${String(bytes.length)}`);
  }
  const [zero, alsoZero, type, axes] = bytes as unknown as [number, number, number, number];
  if (zero !== 0 || alsoZero !== 0 || type !== 8) {
    const start = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
    throw new RangeError(
      `decodeIdx: file must begin with the bytes 00 00 08 of unsigned bytes, got ${start.join(" ")}`,
    );
  }
  const header = 4 + 4 * axes;
  if (axes < 1 || axes > 8 || bytes.length < header) {
    throw new RangeError(
      `decodeIdx: header must hold the sizes of 1 to 8 axes, got ${String(axes)} axes in ${String(bytes.length)} bytes`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const needed = byteSize(shape, 1);
  if (needed !== bytes.length - header) {
    throw new RangeError(
      `decodeIdx: shape [${shape.join(", ")}] must match the values in the file, got ${String(bytes.length - header)} bytes`,
    );
  }
  return { data: bytes.subarray(header), shape };
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
