import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { readBytes } from "#platform";
import { arrayTable, assemble } from "./arrays.ts";
import type { NamedSplit } from "./arrays.ts";
import type { PartNames } from "./checkSplit.ts";
import type { Dataset } from "./dataset.ts";
import { naming } from "./fileSource.ts";
import type { FileSource } from "./fileSource.ts";
import { openNpz } from "./formats/npz.ts";
import type { Npz } from "./formats/npz.ts";
import { named } from "./fromNpy.ts";
import type { FromFileOptions } from "./fromNpy.ts";
import { splitOf } from "./storedArrays.ts";

/** Which array of an NPZ file holds what. */
export interface NpzKeys {
  /** Examples. */
  readonly data: string;
  /** Labels: numbers, booleans, text, `[count]`, `[count, 1]`, or one-hot `[count, classes]`. */
  readonly labels?: string;
  /** Integers `[count, factors]`; `factorNames` must name them. */
  readonly factors?: string;
  /** Examples of the test split, with the arrays that belong to them. */
  readonly testData?: string;
  readonly testLabels?: string;
  readonly testFactors?: string;
}

const caller = "fromNpz";

const key = { rule: rules.text(), default: undefined };

const keysTable = {
  data: { rule: rules.text() },
  labels: key,
  factors: key,
  testData: key,
  testLabels: key,
  testFactors: key,
} satisfies OptionTable<NpzKeys>;

/**
 * A set from several arrays that NumPy saved: `np.savez` or `np.savez_compressed`.
 *
 * @param file path, address or bytes of the file
 * @param keys which array holds what, such as `{ data: "x_train", labels: "y_train", testData: "x_test", testLabels: "y_test" }`
 * @param options part that becomes the test split when `testData` is not given (0.1), seed (0), layout, names
 * @throws RangeError when the file is damaged or has no such array, TypeError for other types
 */
export async function fromNpz(
  file: FileSource,
  keys: NpzKeys,
  options: FromFileOptions = {},
): Promise<Dataset> {
  checkKeys(keys);
  readOptions(caller, arrayTable, options);
  const bytes = await readBytes(file, caller);
  const { data, labels, factors, testData, testLabels, testFactors } = keys;
  return naming(caller, file, () => {
    const npz = openNpz(bytes);
    const train = readSplit(npz, { data, labels, factors });
    const test =
      testData === undefined
        ? undefined
        : readSplit(npz, { data: testData, labels: testLabels, factors: testFactors });
    return assemble({ caller, train, test, isOwn: true }, named(file, options));
  });
}

function checkKeys(keys: NpzKeys): void {
  rules.options(keysTable).read({ fn: caller, name: "keys" }, keys);
  if (keys.testData === undefined && (keys.testLabels ?? keys.testFactors) !== undefined) {
    throw new TypeError(
      `${caller}: keys.testData must be given with testLabels or testFactors, got undefined`,
    );
  }
}

interface SplitKeys {
  readonly data: string;
  readonly labels: string | undefined;
  readonly factors: string | undefined;
}

function readSplit(npz: Npz, { data, labels, factors }: SplitKeys): NamedSplit {
  const names: PartNames = {
    split: `${caller}: ${data}`,
    data: `${caller}: values of ${data}`,
    shape: `${caller}: shape of ${data}`,
    labels: `${caller}: ${labels ?? "labels"}`,
    factors: `${caller}: ${factors ?? "factors"}`,
  };
  const stored = {
    data: npz.read(data),
    labels: labels === undefined ? undefined : npz.read(labels),
    factors: factors === undefined ? undefined : npz.read(factors),
  };
  return { split: splitOf(stored, names), names };
}
