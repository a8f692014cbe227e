import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip as gunzipCallback } from "node:zlib";
import type { InputType, ZlibOptions } from "node:zlib";
import { describeValue, reasonOf } from "@elbo/common";
import type { FileSource } from "../fromNpy.ts";
import type { ImageFile } from "../images/imageFolder.ts";

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

const readable = /\.(png|jpe?g)$/iu;
const otherImages = /\.(gif|webp|bmp|tiff?|avif|heic|svg)$/iu;

async function imagesIn(folder: string, className: string | undefined): Promise<ImageFile[]> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const found: ImageFile[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const inside = await imagesIn(path, className ?? entry.name);
      if (inside.length === 0) {
        throw new RangeError(`every folder must hold at least one image, got none in ${path}`);
      }
      // Not spread: a call takes only so many arguments.
      for (const file of inside) found.push(file);
    } else if (entry.isSymbolicLink()) {
      // Passed over, a linked class would be missing without a word; followed, it reads outside of the folder.
      throw new RangeError(`folder must hold files and folders of its own, got a link at ${path}`);
    } else if (readable.test(entry.name)) {
      if (!entry.isFile()) {
        // Opening a pipe waits for whoever writes into it.
        throw new RangeError(`images must be regular files, got another kind at ${path}`);
      }
      found.push({ path, ...(className === undefined ? {} : { className }) });
    } else if (otherImages.test(entry.name)) {
      throw new RangeError(`images must be PNG or JPEG, got ${path}`);
    }
  }
  return found;
}

/**
 * The image files of a folder and its sub-folders, in alphabetical order.
 *
 * @param folder path of the folder
 * @param caller the public function whose argument this is
 * @throws Error when the folder cannot be read, RangeError when it holds no image, a symbolic link, or an image that is
 * no regular file
 */
export async function findImages(folder: string, caller: string): Promise<readonly ImageFile[]> {
  let files: readonly ImageFile[];
  try {
    files = await imagesIn(folder, undefined);
  } catch (error) {
    if (error instanceof RangeError) {
      throw new RangeError(`${caller}: ${error.message}`, { cause: error });
    }
    throw new Error(`${caller}: folder must be readable, got ${folder} (${reasonOf(error)})`, {
      cause: error,
    });
  }
  if (files.length === 0) {
    throw new RangeError(`${caller}: folder must hold PNG or JPEG images, got none in ${folder}`);
  }
  return files;
}
