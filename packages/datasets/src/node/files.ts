import { open, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip as gunzipCallback } from "node:zlib";
import type { InputType, ZlibOptions } from "node:zlib";
import { describeValue, reasonOf } from "@elbo/common";
import type { FileSource } from "../fileSource.ts";

const gunzipBytes = promisify<InputType, ZlibOptions, Buffer>(gunzipCallback);

/** Reading in pieces avoids the 2 GiB that one read call of Node returns at most. */
const piece = 2 ** 28;

/** Whether a path names something that is there. */
export async function isPresent(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/**
 * The bytes of a file.
 *
 * @param file path, `file:` address, or bytes, which are returned as they are
 * @param caller the public function whose argument this is
 * @throws TypeError for anything else, Error naming the file when it cannot be read
 */
export async function readBytes(file: FileSource, caller: string): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  const isFileUrl = file instanceof URL && file.protocol === "file:";
  if (!isFileUrl && (typeof file !== "string" || file === "")) {
    throw new TypeError(
      `${caller}: file must be a path, a file: address or a Uint8Array, got ${file instanceof URL ? file.href : describeValue(file)}`,
    );
  }
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size;) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(piece, size - at), at);
        if (bytesRead === 0) throw new Error("the file became shorter while it was read");
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new Error(`${caller}: file must be readable, got ${String(file)} (${reasonOf(error)})`, {
      cause: error,
    });
  }
}

/**
 * Decompresses gzip, its CRC-32 checked.
 *
 * @param bytes compressed bytes
 * @param limit most bytes to produce
 * @throws Error when the bytes are damaged or there is more
 */
export async function gunzip(bytes: Uint8Array, limit: number): Promise<Uint8Array> {
  const content = await gunzipBytes(bytes, { maxOutputLength: limit });
  return new Uint8Array(content.buffer, content.byteOffset, content.length);
}
