/** Decompression that stops at a declared size, so that a small file cannot fill the memory. */
import { Gunzip, Inflate, Unzlib } from "fflate";
import { reasonOf } from "../describe.ts";

const piece = 65_536;

/** What the compressed bytes are wrapped in: nothing, zlib's or gzip's header. */
export type Wrapping = "raw" | "zlib" | "gzip";

/**
 * The decompressed bytes.
 *
 * @param bytes compressed bytes
 * @param limit most bytes to produce
 * @param wrapping what the compressed bytes are wrapped in
 * @returns at most `limit` bytes
 * @throws RangeError when there is more, Error when the bytes are damaged or end too soon
 */
export function inflate(bytes: Uint8Array, limit: number, wrapping: Wrapping): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  let isComplete = false;
  const take = (chunk: Uint8Array, isFinal: boolean): void => {
    length += chunk.length;
    if (length > limit) {
      throw new RangeError(
        `inflate: content must be at most ${String(limit)} bytes, got more than that`,
      );
    }
    // fflate goes on using the memory of what it hands out.
    if (chunk.length > 0) chunks.push(chunk.slice());
    isComplete ||= isFinal;
  };
  const stream =
    wrapping === "raw"
      ? new Inflate(take)
      : wrapping === "zlib"
        ? new Unzlib(take)
        : new Gunzip(take);
  try {
    for (let at = 0; at < bytes.length || at === 0; at += piece) {
      stream.push(bytes.subarray(at, at + piece), at + piece >= bytes.length);
    }
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error(`inflate: compressed bytes must be undamaged, got ${reasonOf(error)}`, {
      cause: error,
    });
  }
  if (!isComplete) throw new Error("inflate: compressed bytes must be complete, got a cut end");
  const result = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    result.set(chunk, at);
    at += chunk.length;
  }
  return result;
}
