import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import { fromCsv, fromIdx, fromImageFolder, fromNpy, fromNpz } from "@elbo/datasets";
import { Refusal } from "../refusal.ts";
import type { JsonObject } from "@elbo/core";
import type { Dataset, NpzKeys } from "@elbo/datasets";

/** Whether a data set is named by where it lies: a path, not a name. */
export const isPath = (dataset: string): boolean => /[\\/]|^\.|\.\w+$/u.test(dataset);

/**
 * The path of one's own data, absolute, so that a plan finds it from anywhere.
 *
 * @throws Refusal when nothing is there
 */
export function ownPath(given: string): string {
  if (given.trim() !== "" && existsSync(given)) return resolve(given);
  throw new Refusal(
    `bench run: --data must be a folder of images or IDX files, or a .npy, .npz or .csv file, got ${JSON.stringify(given)}, which is not there`,
  );
}

const idxFiles = {
  data: "train-images-idx3-ubyte",
  labels: "train-labels-idx1-ubyte",
  testData: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
};

/**
 * Reads one's own data: a folder of images (sub-folders are classes) or of IDX files under the usual names, a `.npy`, `.npz` or `.csv` file.
 *
 * @param path where they lie
 * @param options of the function of `@elbo/datasets` that reads them; for `.npz` also `keys`
 * @throws Refusal for another kind of file, and what that function throws
 */
export async function loadOwn(path: string, options: JsonObject): Promise<Dataset> {
  if (statSync(path).isDirectory())
    return idxIn(path) === undefined
      ? fromImageFolder(path, options)
      : fromIdx(idxIn(path) ?? { data: "" }, options);
  const { keys = { data: "data" }, ...rest } = options;
  switch (extname(path).toLowerCase()) {
    case ".npy":
      return fromNpy(path, options);
    case ".npz":
      return fromNpz(path, keys as unknown as NpzKeys, rest);
    case ".csv":
      return fromCsv(path, options);
    default:
      throw new Refusal(
        `bench run: --data must be a folder, or a .npy, .npz or .csv file, got ${path}`,
      );
  }
}

/** The IDX files of a folder, compressed or not; undefined where there are none. */
function idxIn(folder: string): (Record<"data", string> & Record<string, string>) | undefined {
  const there = readdirSync(folder);
  const found = Object.entries(idxFiles).flatMap(([key, name]) => {
    const file = there.find((entry) => entry === name || entry === `${name}.gz`);
    return file === undefined ? [] : [[key, join(folder, file)] as const];
  });
  const files = Object.fromEntries(found) as Record<string, string>;
  const { data } = files;
  return data === undefined ? undefined : { ...files, data };
}

/** A digest of all values and labels, so that a trial of other data under the same path is another trial. */
export function contentsOf({ train, test }: Dataset): string {
  const hash = createHash("sha256");
  for (const { data, shape, labels } of [train, test]) {
    hash.update(JSON.stringify(shape));
    for (const values of [data, labels])
      if (values !== undefined)
        hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex").slice(0, 16);
}
