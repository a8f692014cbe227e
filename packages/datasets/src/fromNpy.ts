import { describeValue, reasonOf } from "@elbo/common";
import { readBytes } from "#platform";
import { checkOptions, checkSplit } from "./check.ts";
import type { Dataset, Split } from "./dataset.ts";
import { decodeNpy } from "./formats/npy.ts";
import { openNpz } from "./formats/npz.ts";
import type { Npz } from "./formats/npz.ts";
import { fromArrays } from "./fromArrays.ts";
import type { FromArraysOptions } from "./fromArrays.ts";
import { toExamples, toIndices } from "./storedArrays.ts";

/** A file: its path (Node), its address, or its bytes. */
export type FileSource = string | URL | Uint8Array;

/** A file source as it reads in a message. */
export function nameOf(file: FileSource): string {
  return file instanceof Uint8Array
    ? `${String(file.length)} bytes`
    : file instanceof URL
      ? file.href
      : file;
}

const optionKeys = [
  "name",
  "testFraction",
  "seed",
  "classNames",
  "factorNames",
  "factorSizes",
] as const;

/** What may be said about arrays read from a file. */
export type FromFileOptions = Omit<FromArraysOptions, "test">;

/** Runs a reader of one file and names that file when it throws. */
export function naming<T>(caller: string, file: FileSource, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const Kind = error instanceof TypeError ? TypeError : RangeError;
    const reason = reasonOf(error);
    // The reader's own name says nothing to whoever called this function.
    throw new Kind(`${caller}: ${nameOf(file)} must be readable, got: ${reason}`, { cause: error });
  }
}

/**
 * A set from one array that NumPy saved: `np.save`.
 *
 * @param file path, address or bytes of the file; `[count, height, width, channels]`, `[count, height, width]` or
 * `[count, features]` in uint8, float32 or float64 (which becomes float32)
 * @param options part that becomes the test split (0.1), seed (0), names
 * @throws RangeError when the file is damaged, TypeError for other types
 */
export async function fromNpy(file: FileSource, options: FromFileOptions = {}): Promise<Dataset> {
  const caller = "fromNpy";
  checkOptions(options, optionKeys, caller);
  const bytes = await readBytes(file, caller);
  const split = naming(caller, file, () =>
    toExamples(decodeNpy(bytes), { caller, name: nameOf(file) }),
  );
  checkSplit(split, {}, { caller, name: "file" });
  return fromArrays(split, { name: nameOf(file), ...options });
}

/** Which array of an NPZ file holds what. */
export interface NpzKeys {
  /** Examples. */
  readonly data: string;
  /** Integers `[count]`. */
  readonly labels?: string;
  /** Integers `[count, factors]`; `factorNames` must name them. */
  readonly factors?: string;
  /** Examples of the test split, with the arrays that belong to them. */
  readonly testData?: string;
  readonly testLabels?: string;
  readonly testFactors?: string;
}

const keyNames = ["data", "labels", "factors", "testData", "testLabels", "testFactors"] as const;

/**
 * A set from several arrays that NumPy saved: `np.savez` or `np.savez_compressed`.
 *
 * @param file path, address or bytes of the file
 * @param keys which array holds what, such as `{ data: "x_train", labels: "y_train", testData: "x_test", testLabels: "y_test" }`
 * @param options part that becomes the test split when `testData` is not given (0.1), seed (0), names
 * @throws RangeError when the file is damaged or has no such array, TypeError for other types
 */
export async function fromNpz(
  file: FileSource,
  keys: NpzKeys,
  options: FromFileOptions = {},
): Promise<Dataset> {
  const caller = "fromNpz";
  checkKeys(keys);
  checkOptions(options, optionKeys, caller);
  const bytes = await readBytes(file, caller);
  const { train, test } = naming(caller, file, () => {
    const npz = openNpz(bytes);
    const first = readSplit(npz, keys.data, { labels: keys.labels, factors: keys.factors });
    const { testData, testLabels, testFactors } = keys;
    return {
      train: first,
      test:
        testData === undefined
          ? undefined
          : readSplit(npz, testData, { labels: testLabels, factors: testFactors }),
    };
  });
  return fromArrays(train, { name: nameOf(file), ...options, ...(test ? { test } : {}) });
}

function checkKeys(keys: NpzKeys): void {
  checkOptions(keys, keyNames, "fromNpz");
  for (const name of keyNames) {
    const key: unknown = keys[name];
    if (typeof key !== "string" && (key !== undefined || name === "data")) {
      throw new TypeError(
        `fromNpz: keys.${name} must be the name of an array, got ${describeValue(key)}`,
      );
    }
  }
  if (keys.testData === undefined && (keys.testLabels ?? keys.testFactors) !== undefined) {
    throw new TypeError(
      "fromNpz: keys.testData must be given with testLabels or testFactors, got undefined",
    );
  }
}

interface SplitKeys {
  readonly labels: string | undefined;
  readonly factors: string | undefined;
}

function readSplit(npz: Npz, data: string, { labels, factors }: SplitKeys): Split {
  const caller = "fromNpz";
  return {
    ...toExamples(npz.read(data), { caller, name: data }),
    ...(labels === undefined
      ? {}
      : { labels: toIndices(npz.read(labels), 1, { caller, name: labels }) }),
    ...(factors === undefined
      ? {}
      : { factors: toIndices(npz.read(factors), 2, { caller, name: factors }) }),
  };
}
