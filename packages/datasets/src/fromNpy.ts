import { readOptions } from "@elbo/common";
import { readBytes } from "#platform";
import { arrayTable, assemble } from "./arrays.ts";
import type { ArrayOptions, PartNames } from "./arrays.ts";
import type { Dataset } from "./dataset.ts";
import { naming, nameOf } from "./fileSource.ts";
import type { FileSource } from "./fileSource.ts";
import { decodeNpy } from "./formats/npy.ts";
import { examplesOf } from "./storedArrays.ts";

/** What may be said about arrays read from a file. */
export type FromFileOptions = ArrayOptions;

const caller = "fromNpy";

const names: PartNames = {
  split: `${caller}: the array`,
  data: `${caller}: values`,
  shape: `${caller}: shape`,
  labels: `${caller}: labels`,
  factors: `${caller}: factors`,
};

/**
 * A set from one array that NumPy saved: `np.save`.
 *
 * @param file path, address or bytes of the file; `[count, height, width, channels]`, `[count, height, width]` or
 * `[count, features]`, with `layout: "nlc"` signals `[count, length, channels]`, in any type of numbers or booleans (pixels in whole numbers from 0 to 255 become bytes, everything else
 * 32-bit floats of the same value)
 * @param options part that becomes the test split (0.1), seed (0), layout, names
 * @throws RangeError when the file is damaged, TypeError for text and Python objects
 */
export async function fromNpy(file: FileSource, options: FromFileOptions = {}): Promise<Dataset> {
  readOptions(caller, arrayTable, options);
  const bytes = await readBytes(file, caller);
  const memory = file instanceof Uint8Array ? "copied" : "shared";
  return naming(caller, file, () => {
    const split = examplesOf(decodeNpy(bytes, memory), names);
    return assemble({ caller, train: { split, names }, isOwn: true }, named(file, options));
  });
}

/** The options, with the file as name of the set where they give none. */
export function named<T extends { readonly name?: string }>(file: FileSource, options: T): T {
  return { ...options, name: options.name ?? nameOf(file) };
}
