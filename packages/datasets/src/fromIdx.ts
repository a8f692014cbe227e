import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { readBytes } from "#platform";
import { arrayTable, assemble } from "./arrays.ts";
import type { NamedSplit, PartNames } from "./arrays.ts";
import type { Dataset } from "./dataset.ts";
import { naming } from "./fileSource.ts";
import type { FileSource } from "./fileSource.ts";
import { decodeIdx, openIdx } from "./formats/idx.ts";
import type { IdxArray } from "./formats/idx.ts";
import { named } from "./fromNpy.ts";
import type { FromFileOptions } from "./fromNpy.ts";
import { splitOf } from "./storedArrays.ts";

/** Files in the format of MNIST, compressed by gzip or not; each a path (Node), an address, or bytes. */
export interface IdxFiles {
  /** Examples, such as `train-images-idx3-ubyte.gz`. */
  readonly data: FileSource;
  /** Their labels, such as `train-labels-idx1-ubyte.gz`. */
  readonly labels?: FileSource;
  /** Examples of the test split, and their labels. */
  readonly testData?: FileSource;
  readonly testLabels?: FileSource;
}

const caller = "fromIdx";

const file = { rule: rules.any<FileSource>(), default: undefined };

const filesTable = {
  data: { rule: rules.any<FileSource>() },
  labels: file,
  testData: file,
  testLabels: file,
} satisfies OptionTable<IdxFiles>;

/**
 * A set from IDX files, the format of MNIST.
 *
 * @param files which file holds what
 * @param options part that becomes the test split when `testData` is not given (0.1), seed (0), layout, names
 * @throws Error or RangeError when a file is damaged, TypeError for anything but files
 */
export async function fromIdx(files: IdxFiles, options: FromFileOptions = {}): Promise<Dataset> {
  readOptions(caller, filesTable, files);
  readOptions(caller, arrayTable, options);
  const { data, labels, testData, testLabels } = files;
  if (testData === undefined && testLabels !== undefined) {
    throw new TypeError(
      `${caller}: testData must be given with testLabels, got ${describeValue(testData)}`,
    );
  }
  const train = await readSplit(data, labels);
  const test = testData === undefined ? undefined : await readSplit(testData, testLabels);
  return naming(caller, data, () =>
    assemble(
      { caller, train, test, isOwn: ![data, labels].some((file) => file instanceof Uint8Array) },
      named(data, options),
    ),
  );
}

async function readArray(file: FileSource): Promise<IdxArray> {
  const bytes = await readBytes(file, caller);
  return naming(caller, file, () => decodeIdx(openIdx(bytes)));
}

async function readSplit(data: FileSource, labels: FileSource | undefined): Promise<NamedSplit> {
  const names: PartNames = {
    split: `${caller}: data`,
    data: `${caller}: values`,
    shape: `${caller}: shape`,
    labels: `${caller}: labels`,
    factors: `${caller}: factors`,
  };
  const stored = {
    data: await readArray(data),
    labels: labels === undefined ? undefined : await readArray(labels),
  };
  return { split: splitOf(stored, names), names };
}
