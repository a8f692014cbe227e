import { describeValue } from "@elbo/common";
import { findImages, readBytes } from "#platform";
import { checkInteger, checkOptions } from "./check.ts";
import type { Dataset, Split } from "./dataset.ts";
import { imagesToSplit, labelsOf } from "./images/imageFolder.ts";
import type { ImageFile, ImageOptions } from "./images/imageFolder.ts";
import { splitOptionKeys, toDataset } from "./select.ts";
import type { SplitOptions } from "./select.ts";

/** How a folder of images is read and divided. */
export interface FromImageFolderOptions extends ImageOptions, SplitOptions {
  /** Folder of the test images; without it a part of the images becomes the test split. */
  readonly test?: string;
}

const caller = "fromImageFolder";

/**
 * A set from PNG and JPEG files. Each sub-folder is a class, labelled in alphabetical order; a folder without
 * sub-folders has no labels. Hidden files and files of other kinds are passed over, symbolic links are refused.
 *
 * @param folder path of the folder
 * @param options size and channels, test folder or the part that becomes the test split (0.1), seed (0)
 * @returns images `[count, height, width, channels]`, 0 to 255
 * @throws Error naming the first file that is damaged; RangeError for images of different sizes without `size`
 */
export async function fromImageFolder(
  folder: string,
  options: FromImageFolderOptions = {},
): Promise<Dataset> {
  checkImageOptions(folder, options);
  const { test: testFolder, name = folder } = options;
  const files = await findImages(folder, caller);
  const classNames = [...new Set(files.map((file) => file.className ?? ""))].sort();
  const isLabelled = files.some((file) => file.className !== undefined);
  const read = async (list: readonly ImageFile[], size: ImageOptions): Promise<Split> => {
    const labels = isLabelled ? { labels: labelsOf(list, classNames) } : {};
    return {
      ...(await imagesToSplit(list, (path) => readBytes(path, caller), size)),
      ...labels,
    };
  };
  const testFiles = testFolder === undefined ? undefined : await findImages(testFolder, caller);
  const all = await read(files, options);
  const test = testFiles && (await read(testFiles, options));
  const [ours, theirs] = [all.shape.slice(1), test?.shape.slice(1)];
  if (theirs?.some((length, axis) => length !== ours[axis])) {
    throw new RangeError(
      `${caller}: test images must have the shape ${describeValue(ours)} of the others unless size and channels are given, got ${describeValue(theirs)}`,
    );
  }
  return toDataset(
    { name, all, names: isLabelled ? { classNames } : {}, ...(test ? { test } : {}) },
    options,
    caller,
  );
}

function checkImageOptions(folder: unknown, options: FromImageFolderOptions): void {
  checkOptions(options, [...splitOptionKeys, "size", "channels", "test"], caller);
  if (typeof folder !== "string" || folder === "") {
    throw new TypeError(`${caller}: folder must be a path, got ${describeValue(folder)}`);
  }
  const { size, channels } = options;
  const sides: readonly unknown[] = Array.isArray(size) ? size : size === undefined ? [] : [size];
  if (Array.isArray(size) && size.length !== 2) {
    throw new RangeError(
      `${caller}: size must be pixels or [height, width], got ${describeValue(size)}`,
    );
  }
  for (const side of sides) {
    checkInteger(side, { least: 1, most: 8192 }, { caller, name: "size" });
  }
  if (channels !== undefined && channels !== 1 && (channels as number) !== 3) {
    throw new RangeError(`${caller}: channels must be 1 or 3, got ${describeValue(channels)}`);
  }
}
