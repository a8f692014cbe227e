import { describeValue } from "@elbo/common";
import { loadPublished } from "#platform";
import { publishedNames } from "./catalog.ts";
import type { PublishedName } from "./catalog.ts";
import { checkInteger, checkOptions } from "./check.ts";
import type { Dataset } from "./dataset.ts";
import { loadFashionMini } from "./fashionMini.ts";
import { drawOptionKeys, fileOptionKeys } from "./loadOptions.ts";
import type { LoadOptions } from "./loadOptions.ts";
import { sprites, spritesOptionKeys } from "./sprites/sprites.ts";

/** Names that {@link load} knows. */
export type DatasetName = "fashion-mini" | "sprites" | PublishedName;

/** Every name that {@link load} knows. */
export const datasetNames: readonly DatasetName[] = ["fashion-mini", ...publishedNames, "sprites"];

type OptionKeyOf<Name extends DatasetName> = Name extends "fashion-mini"
  ? never
  : Name extends "sprites"
    ? (typeof spritesOptionKeys)[number]
    : Name extends "dsprites"
      ? (typeof fileOptionKeys | typeof drawOptionKeys)[number]
      : (typeof fileOptionKeys)[number];

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
  if (name === "fashion-mini") {
    checkOptions(options, [], `load(${describeValue(name)})`);
    return loadFashionMini();
  }
  if (!isPublished(name)) {
    checkOptions(options, spritesOptionKeys, `load(${describeValue(name)})`);
    return sprites(options);
  }
  checkFileOptions(name, options);
  return loadPublished(name, options);
}

function checkFileOptions(name: PublishedName, options: LoadOptions): void {
  const caller = "load";
  const known = name === "dsprites" ? [...fileOptionKeys, ...drawOptionKeys] : fileOptionKeys;
  checkOptions(options, known, `load(${describeValue(name)})`);
  const { folder, cache, mirrors, timeout, attempts, download, onProgress, signal } = options;
  for (const [key, value] of Object.entries({ folder, cache })) {
    if (value !== undefined && (typeof value !== "string" || value === "")) {
      throw new TypeError(`${caller}: ${key} must be a path, got ${describeValue(value)}`);
    }
  }
  if (mirrors !== undefined && (!Array.isArray(mirrors) || !mirrors.every(isAddress))) {
    throw new TypeError(
      `${caller}: mirrors must be http or https addresses, got ${describeValue(mirrors)}`,
    );
  }
  if (timeout !== undefined) checkInteger(timeout, { least: 1 }, { caller, name: "timeout" });
  if (attempts !== undefined) checkInteger(attempts, { least: 1 }, { caller, name: "attempts" });
  if (download !== undefined && typeof download !== "boolean") {
    throw new TypeError(
      `${caller}: download must be true or false, got ${describeValue(download)}`,
    );
  }
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(
      `${caller}: onProgress must be a function, got ${describeValue(onProgress)}`,
    );
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new TypeError(`${caller}: signal must be an AbortSignal, got ${describeValue(signal)}`);
  }
}

function isAddress(mirror: unknown): boolean {
  return typeof mirror === "string" && /^https?:\/\//u.test(mirror) && URL.canParse(mirror);
}
