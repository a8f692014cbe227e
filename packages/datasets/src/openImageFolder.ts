import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { openImages } from "#platform";
import { imageTable } from "./imageOptions.ts";
import type { ImageFolderOptions } from "./imageOptions.ts";
import { splitTable } from "./select.ts";
import type { SplitOptions } from "./select.ts";
import type { StoredDataset } from "./storedSplit.ts";

/** How a folder of images is opened and divided. */
export interface OpenImageFolderOptions
  extends Omit<ImageFolderOptions, "onError" | "onProgress">, SplitOptions {}

const caller = "openImageFolder";

const table = { ...splitTable, ...imageTable } satisfies OptionTable<OpenImageFolderOptions>;

/**
 * The set that `fromImageFolder` loads, left in its files: images are read, by threads, when they are asked for. The same
 * options give the same examples in the same order, byte by byte. Only the first image is read at once.
 *
 * @param folder path of the folder
 * @param options as those of `fromImageFolder`
 * @returns splits to `read` examples from by their indices; to be closed in the end
 * @throws Error or RangeError when the folder or its first image cannot be read; reading throws for other images
 */
export async function openImageFolder(
  folder: string,
  options: OpenImageFolderOptions = {},
): Promise<StoredDataset> {
  rules.path().read({ fn: caller, name: "folder" }, folder);
  readOptions(caller, table, options);
  if (options.test !== undefined && options.testFraction !== undefined) {
    throw new TypeError(
      `${caller}: testFraction must be left out when a test folder is given, got ${describeValue(options.testFraction)}`,
    );
  }
  return openImages(folder, options);
}
