/** What of the package works in a browser: bundled files and addresses by `fetch`, nothing that needs a disk. */
import { reasonOf } from "@elbo/common";
import type { PublishedName } from "./catalog.ts";
import type { Dataset } from "./dataset.ts";
import { inflate } from "./formats/inflate.ts";
import type { FileSource } from "./fileSource.ts";
import type { StoredDataset } from "./storedSplit.ts";
import type { NpyFile } from "./node/openNpyFile.ts";
import type { ReadFolders } from "./node/images/readImageFolder.ts";
import type { LoadOptions } from "./loadOptions.ts";

/** Written out one by one, because this is the form in which bundlers find files that belong to a package. */
const bundled: Readonly<Record<string, URL>> = {
  "train-images-idx3-ubyte.gz": new URL("../data/train-images-idx3-ubyte.gz", import.meta.url),
  "train-labels-idx1-ubyte.gz": new URL("../data/train-labels-idx1-ubyte.gz", import.meta.url),
  "t10k-images-idx3-ubyte.gz": new URL("../data/t10k-images-idx3-ubyte.gz", import.meta.url),
  "t10k-labels-idx1-ubyte.gz": new URL("../data/t10k-labels-idx1-ubyte.gz", import.meta.url),
};

/** The bytes of an address, or bytes as they are. */
export async function readBytes(file: FileSource, caller: string): Promise<Uint8Array> {
  if (file instanceof Uint8Array) return file;
  try {
    const response = await fetch(file);
    if (!response.ok) throw new Error(`status ${String(response.status)}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    throw new Error(`${caller}: file must be readable, got ${String(file)} (${reasonOf(error)})`, {
      cause: error,
    });
  }
}

/** The content of a file that this package brings along. */
export async function readBundled(name: string, bytes: number): Promise<Uint8Array> {
  const stored = await readBytes(bundled[name], 'load("fashion-mini")');
  // Servers that send .gz files as encoded content have the browser decompress them.
  const isCompressed = stored[0] === 0x1f && stored[1] === 0x8b;
  return isCompressed ? inflate(stored, bytes, "gzip") : stored;
}

/** Folders cannot be listed in a browser. */
export function readImageFolder(folder: string): Promise<ReadFolders> {
  return Promise.reject(
    new Error(`fromImageFolder: folders must be read in Node, got ${folder} in a browser`),
  );
}

/** Nor opened. */
export function openImages(folder: string): Promise<StoredDataset> {
  return Promise.reject(
    new Error(`openImageFolder: folders must be read in Node, got ${folder} in a browser`),
  );
}

/** Nor can a part of a file be read. */
export function openNpyFile(file: string | URL): Promise<NpyFile> {
  return Promise.reject(
    new Error(`openNpy: file must be read in Node, got ${String(file)} in a browser (use fromNpy)`),
  );
}

/** Sets from files need a disk for their cache. */
export function loadPublished(name: PublishedName, options: LoadOptions): Promise<Dataset> {
  void options;
  return Promise.reject(
    new Error(
      `load: name must be "fashion-mini" or "sprites" in a browser (or use fromNpz with an address), got "${name}"`,
    ),
  );
}
