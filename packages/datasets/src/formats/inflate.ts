/** Decompression piece by piece, so that whoever reads can stop at what it was promised: a small file cannot fill the memory. */
import { Gunzip, Inflate, Unzlib } from "fflate";
import { reasonOf } from "@elbo/common";

/** Compressed bytes taken at a time. Deflate makes at most 1032 bytes out of one: 4.3 MB. */
const pieceBytes = 4096;

/** Most compressed bytes that may bring nothing; a stored block brings something after 64 KiB at the latest. */
const maxSilence = 2 ** 18;

/** What the compressed bytes are wrapped in: nothing, zlib's or gzip's header. */
export type Wrapping = "raw" | "zlib" | "gzip";

/**
 * The decompressed bytes in pieces of at most 4.3 MB, none of them before it is asked for.
 *
 * @param bytes compressed bytes
 * @param wrapping what the compressed bytes are wrapped in
 * @throws Error when the bytes are damaged, end too soon or go on after their content
 */
export function* inflatePieces(bytes: Uint8Array, wrapping: Wrapping): Generator<Uint8Array, void> {
  let ready: Uint8Array[] = [];
  let isComplete = false;
  const stream = new { raw: Inflate, zlib: Unzlib, gzip: Gunzip }[wrapping]((chunk, isFinal) => {
    if (chunk.length > 0) ready.push(chunk);
    isComplete ||= isFinal;
  });
  let silence = 0;
  for (let at = 0; at < bytes.length || at === 0; at += pieceBytes) {
    try {
      stream.push(bytes.subarray(at, at + pieceBytes), at + pieceBytes >= bytes.length);
    } catch (error) {
      throw new Error(`inflate: compressed bytes must be undamaged, got ${reasonOf(error)}`, {
        cause: error,
      });
    }
    silence = ready.length > 0 ? 0 : silence + pieceBytes;
    // fflate joins what it has not used to what comes next, in a time that grows with the square.
    if (silence > maxSilence) {
      throw new Error("inflate: compressed bytes must end with their content, got others after it");
    }
    yield* ready;
    ready = [];
  }
  if (!isComplete) throw new Error("inflate: compressed bytes must be complete, got a cut end");
}

/**
 * The decompressed bytes, written straight into an array of the size that they should have.
 *
 * @param bytes compressed bytes
 * @param limit most bytes to produce; this much memory is taken at once
 * @param wrapping what the compressed bytes are wrapped in
 * @returns at most `limit` bytes
 * @throws RangeError when there is more, Error when the bytes are damaged or end too soon
 */
export function inflate(bytes: Uint8Array, limit: number, wrapping: Wrapping): Uint8Array {
  const content = new Uint8Array(limit);
  let length = 0;
  for (const piece of inflatePieces(bytes, wrapping)) {
    if (length + piece.length > limit) {
      throw new RangeError(
        `inflate: content must be at most ${String(limit)} bytes, got more than that`,
      );
    }
    content.set(piece, length);
    length += piece.length;
  }
  return content.subarray(0, length);
}

/**
 * The first decompressed bytes; what follows stays compressed.
 *
 * @param bytes compressed bytes
 * @param count how many bytes are wanted
 * @param wrapping what the compressed bytes are wrapped in
 * @returns `count` bytes, or all when there are fewer
 * @throws Error when the bytes are damaged before that
 */
export function inflateStart(bytes: Uint8Array, count: number, wrapping: Wrapping): Uint8Array {
  const start = new Uint8Array(count);
  let length = 0;
  for (const piece of inflatePieces(bytes, wrapping)) {
    const taken = piece.subarray(0, count - length);
    start.set(taken, length);
    length += taken.length;
    if (length === count) break;
  }
  return start.subarray(0, length);
}
