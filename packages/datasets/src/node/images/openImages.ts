import type { ImageFolderOptions } from "../../imageOptions.ts";
import type { OpaqueImage } from "../../images/image.ts";
import { divide } from "../../select.ts";
import type { DivideOptions } from "../../select.ts";
import { storedSplit } from "../../storedSplit.ts";
import type { ReadRow, StoredDataset, StoredSplit } from "../../storedSplit.ts";
import type { ImageFile } from "./findImages.ts";
import { difference } from "./imageCollection.ts";
import type { ImageShape } from "./imageCollection.ts";
import { findFolder, labelsOf } from "./imageFolder.ts";
import type { ImageReader, ReadResult } from "./imageReader.ts";

const caller = "openImageFolder";

function imageOf(result: ReadResult, path: string): OpaqueImage {
  if ("image" in result) return result.image;
  throw new Error(`${caller}: every image must be readable, got ${path} (${result.reason})`);
}

/** Reads images of a list, which must be like the first image of the set. */
function rowReader(files: readonly ImageFile[], shape: ImageShape, reader: ImageReader): ReadRow {
  return async (out, row) => {
    const { path } = files[row];
    const image = imageOf(await reader.read(path), path);
    const strange = difference(image, shape);
    if (strange !== undefined) throw new RangeError(`${caller}: ${strange} in ${path}`);
    out.set(image.data);
  };
}

/**
 * The images of a folder, and those of a folder of test images, in their files.
 *
 * @param folder path of the folder
 * @param options checked
 * @throws Error or RangeError when the folder or its first image cannot be read
 */
export async function openImages(
  folder: string,
  options: ImageFolderOptions & DivideOptions & { readonly name?: string },
): Promise<StoredDataset> {
  const { lists, classNames, reader } = await findFolder(folder, options, caller);
  try {
    const [{ path }] = lists[0];
    const first = imageOf(await reader.read(path), path);
    const shape = [first.height, first.width, first.channels] as const;
    const part = (files: readonly ImageFile[], rows: Int32Array): StoredSplit =>
      storedSplit({
        caller,
        shape,
        dtype: "uint8",
        rows,
        labels: labelsOf(files, classNames),
        readRow: rowReader(files, shape, reader),
        width: reader.width,
      });
    const [all, own] = lists;
    const everything = (count: number): Int32Array =>
      Int32Array.from({ length: count }, (_, i) => i);
    const { train, test } = own
      ? { train: everything(all.length), test: everything(own.length) }
      : divide(all.length, options, caller);
    return {
      name: options.name ?? folder,
      train: part(all, train),
      test: part(own ?? all, test),
      ...(classNames === undefined ? {} : { classNames }),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}
