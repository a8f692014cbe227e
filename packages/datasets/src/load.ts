import { describeValue, readOptions } from "@elbo/common";
import type { Options } from "@elbo/common";
import { loadPublished } from "#platform";
import { publishedNames } from "./catalog.ts";
import type { PublishedName } from "./catalog.ts";
import type { Dataset } from "./dataset.ts";
import { loadFashionMini } from "./fashionMini.ts";
import { drawTable, fileTable } from "./loadOptions.ts";
import type { LoadOptions } from "./loadOptions.ts";
import { sprites, spritesTable } from "./sprites/sprites.ts";

/** Names that {@link load} knows. */
export type DatasetName = "fashion-mini" | "sprites" | PublishedName;

/** Every name that {@link load} knows. */
export const datasetNames: readonly DatasetName[] = ["fashion-mini", ...publishedNames, "sprites"];

type OptionKeyOf<Name extends DatasetName> = Name extends "fashion-mini"
  ? never
  : Name extends "sprites"
    ? keyof typeof spritesTable
    : Name extends "dsprites"
      ? keyof typeof fileTable | keyof typeof drawTable
      : keyof typeof fileTable;

/** The options that a set has a use for; those of any of them where the name is not known before it runs. */
export type LoadOptionsOf<Name extends DatasetName> = {
  readonly [Key in keyof LoadOptions]: Key extends OptionKeyOf<Name> ? LoadOptions[Key] : never;
};

function isPublished(name: DatasetName): name is PublishedName {
  return publishedNames.includes(name as PublishedName);
}

/**
 * A set by its name. `fashion-mini` is part of this package and `sprites` is computed; the others come from files, which
 * are searched in `options.folder`, in the cache, in the system's `share/datasets`, and else downloaded and verified.
 *
 * @param name one of {@link datasetNames}
 * @param options where to look and how to download; number of images for `dsprites` and `sprites`
 * @returns images `[count, height, width, channels]` in `Uint8Array`, 0 to 255, with labels or factors
 * @throws RangeError for an unknown name, TypeError for an option that the set has no use for, Error naming each file
 * that is missing, where it was searched and how to provide it
 */
export async function load<Name extends DatasetName>(
  name: Name,
  options?: LoadOptionsOf<Name>,
): Promise<Dataset> {
  return loadByName(name, options as LoadOptions | undefined);
}

async function loadByName(name: DatasetName, options: LoadOptions = {}): Promise<Dataset> {
  if (!datasetNames.includes(name)) {
    throw new RangeError(
      `load: name must be one of ${datasetNames.join(", ")}, got ${describeValue(name)}`,
    );
  }
  readOptions(`load(${describeValue(name)})`, tableOf(name), options);
  if (name === "fashion-mini") return loadFashionMini();
  return isPublished(name) ? loadPublished(name, options) : sprites(options);
}

function tableOf(name: DatasetName): Options {
  if (name === "fashion-mini") return {};
  if (name === "sprites") return spritesTable;
  return name === "dsprites" ? { ...fileTable, ...drawTable } : fileTable;
}
