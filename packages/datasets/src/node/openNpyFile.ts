import { open } from "node:fs/promises";
import { reasonOf } from "@elbo/common";
import { naming } from "../fileSource.ts";
import { checkNpySize, decodeNpyHeader, maxNpyHeaderBytes } from "../formats/npy.ts";
import type { NpyHeader } from "../formats/npy.ts";

/** An NPY file of which parts are read. */
export interface NpyFile {
  readonly header: NpyHeader;
  /** Fills bytes from a place in the values. */
  readonly readInto: (bytes: Uint8Array, offset: number) => Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens an NPY file and reads its header.
 *
 * @throws Error when it cannot be read, RangeError when it is not NPY or not as long as its header says
 */
export async function openNpyFile(file: string | URL): Promise<NpyFile> {
  const handle = await open(file, "r").catch((error: unknown) => {
    throw new Error(`openNpy: file must be readable, got ${String(file)} (${reasonOf(error)})`, {
      cause: error,
    });
  });
  try {
    const { size } = await handle.stat();
    const head = new Uint8Array(Math.min(size, maxNpyHeaderBytes));
    await handle.read(head, 0, head.length, 0);
    const header = naming("openNpy", file, () => {
      const read = decodeNpyHeader(head);
      checkNpySize(read, size);
      return read;
    });
    return {
      header,
      readInto: async (bytes, offset) => {
        for (let at = 0; at < bytes.length;) {
          const { bytesRead } = await handle.read(
            bytes,
            at,
            bytes.length - at,
            header.start + offset + at,
          );
          if (bytesRead === 0) {
            throw new Error(`openNpy: file must stay as it is, got a shorter ${String(file)}`);
          }
          at += bytesRead;
        }
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
