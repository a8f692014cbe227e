import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { readImageFolder } from "#platform";
import type { Dataset } from "./dataset.ts";
import { imageTable } from "./imageOptions.ts";
import type { FolderProgress, ImageFolderOptions } from "./imageOptions.ts";
import { splitTable, toDataset } from "./select.ts";
import type { SplitOptions } from "./select.ts";

/** How a folder of images is read and divided. */
export interface FromImageFolderOptions extends ImageFolderOptions, SplitOptions {}

const caller = "fromImageFolder";

const table = {
  ...splitTable,
  ...imageTable,
  onError: { rule: rules.oneOf(["stop", "skip"]), default: "stop" },
  onProgress: { rule: rules.function<(progress: FolderProgress) => void>(), default: undefined },
} satisfies OptionTable<FromImageFolderOptions>;

/**
 * A set from image files: PNG and JPEG, and where sharp is installed (`npm install sharp`) WebP, GIF (the first frame), TIFF
 * and AVIF. Each sub-folder is a class, labelled in alphabetical order; a folder without sub-folders has no labels. Images
 * are turned as their EXIF data say. Hidden files, what systems and archivers leave behind, and files that are no images are
 * passed over; symbolic links are refused.
 *
 * @param folder path of the folder
 * @param options what becomes of the images, test folder or the part that becomes the test split (0.1), seed (0)
 * @returns images `[count, height, width, channels]`, 0 to 255; with `onError: "skip"` also what was `skipped`
 * @throws Error naming a file that is damaged; RangeError for transparent images without `background` and for images of
 * different sizes without `size`
 */
export async function fromImageFolder(
  folder: string,
  options: FromImageFolderOptions = {},
): Promise<Dataset> {
  rules.path().read({ fn: caller, name: "folder" }, folder);
  readOptions(caller, table, options);
  const { name = folder, onError } = options;
  const { train, test, classNames, skipped } = await readImageFolder(folder, options);
  const set = toDataset(
    {
      name,
      all: train,
      isOwn: true,
      names: classNames ? { classNames } : {},
      ...(test ? { test } : {}),
    },
    options,
    caller,
  );
  return onError === "skip" ? { ...set, skipped } : set;
}
