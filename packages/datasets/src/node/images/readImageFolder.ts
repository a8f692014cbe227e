import type { Skipped, Split } from "../../dataset.ts";
import type { ImageFolderOptions } from "../../imageOptions.ts";
import type { ImageFile } from "./findImages.ts";
import { ImageCollection } from "./imageCollection.ts";
import type { ImageShape } from "./imageCollection.ts";
import { findFolder, labelsOf } from "./imageFolder.ts";
import type { ImageReader } from "./imageReader.ts";

/** The images of one or two folders in the order of their paths, before anything is divided. */
export interface ReadFolders {
  readonly train: Split;
  readonly test: Split | undefined;
  readonly classNames: readonly string[] | undefined;
  readonly skipped: readonly Skipped[];
}

interface Job {
  readonly reader: ImageReader;
  readonly collection: ImageCollection;
  readonly finished: () => void;
}

/** Reads all files; as many at once as the reader has threads, but the first alone, because it gives the size of all. */
async function readAll(files: readonly ImageFile[], job: Job): Promise<void> {
  const { reader, collection, finished } = job;
  let next = 0;
  const readNext = async (): Promise<void> => {
    const index = next++;
    const { path } = files[index];
    const result = await reader.read(path);
    if ("image" in result) collection.put(index, result.image);
    else {
      const { reason } = result;
      collection.miss(index, `every image must be readable, got ${path} (${reason})`, reason);
    }
    finished();
  };
  while (collection.shape === undefined && next < files.length) await readNext();
  // Of several files that are refused, the first in their order is named, whichever thread was faster.
  const refused = new Map<number, unknown>();
  const lane = async (): Promise<void> => {
    while (next < files.length && refused.size === 0) {
      const index = next;
      await readNext().catch((error: unknown) => refused.set(index, error));
    }
  };
  await Promise.all(Array.from({ length: reader.width }, lane));
  if (refused.size > 0) throw refused.get(Math.min(...refused.keys()));
}

/**
 * The images of a folder, and those of a folder of test images, in memory.
 *
 * @param folder path of the folder
 * @param options checked
 * @throws Error or RangeError naming a file that cannot be read or differs, unless these are to be skipped
 */
export async function readImageFolder(
  folder: string,
  options: ImageFolderOptions,
): Promise<ReadFolders> {
  const caller = "fromImageFolder";
  const found = await findFolder(folder, options, caller);
  const { lists, classNames, decoder, reader } = found;
  const total = lists.reduce((sum, files) => sum + files.length, 0);
  const isSkipping = options.onError === "skip";
  const skipped = [...found.skipped];
  let done = 0;
  const finished = (): void => {
    options.onProgress?.({ done: ++done, total, decoder });
  };
  try {
    let shape: ImageShape | undefined;
    const splits: Split[] = [];
    for (const files of lists) {
      const collection = new ImageCollection(files, { caller, isSkipping, shape });
      await readAll(files, { reader, collection, finished });
      const split = collection.finish();
      const labels = labelsOf(collection.kept, classNames);
      splits.push(labels === undefined ? split : { ...split, labels });
      skipped.push(...collection.skipped);
      shape = collection.shape;
    }
    skipped.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { train: splits[0], test: splits[1], classNames, skipped };
  } finally {
    await reader.close();
  }
}
