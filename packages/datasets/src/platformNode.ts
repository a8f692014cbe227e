/** What the package needs of Node: files, folders, the network. */
import { reasonOf } from "@elbo/common";
import { published } from "./catalog.ts";
import type { PublishedName } from "./catalog.ts";
import type { Dataset } from "./dataset.ts";
import type { LoadOptions } from "./loadOptions.ts";
import { loadCifar10 } from "./node/cifar10.ts";
import { loadDsprites } from "./node/dsprites.ts";
import { gunzip, readBytes } from "./node/files.ts";
import { loadIdxSet } from "./node/idxSet.ts";

export { readBytes } from "./node/files.ts";
export { openImages } from "./node/images/openImages.ts";
export { openNpyFile } from "./node/openNpyFile.ts";
export { readImageFolder } from "./node/images/readImageFolder.ts";

/**
 * The content of a file that this package brings along.
 *
 * @param name name of the compressed file
 * @param bytes size of its content
 * @throws Error when the package is incomplete
 */
export async function readBundled(name: string, bytes: number): Promise<Uint8Array> {
  // Source and build lie equally deep in the package.
  const address = new URL(`../data/${name}`, import.meta.url);
  try {
    return await gunzip(await readBytes(address, "load"), bytes);
  } catch (error) {
    throw new Error(
      `load("fashion-mini"): the package must hold data/${name}, got ${address.href} (${reasonOf(error)}; was the package bundled without its data folder?)`,
      { cause: error },
    );
  }
}

/** Loads a set that comes from files. */
export async function loadPublished(name: PublishedName, options: LoadOptions): Promise<Dataset> {
  const request = { name, set: published[name], options };
  switch (request.set.kind) {
    case "idx":
      return loadIdxSet(request);
    case "cifar10":
      return loadCifar10(request);
    case "dsprites":
      return loadDsprites(request);
  }
}
