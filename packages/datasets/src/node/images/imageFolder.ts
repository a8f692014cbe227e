/** A folder of images before any of them is read: which files, which classes, and who will read them. */
import { availableParallelism } from "node:os";
import { describeValue } from "@elbo/common";
import type { Skipped } from "../../dataset.ts";
import type { ImageFolderOptions } from "../../imageOptions.ts";
import type { Preparation } from "../../images/prepare.ts";
import { findImages } from "./findImages.ts";
import type { ImageFile } from "./findImages.ts";
import { ImageReader } from "./imageReader.ts";
import { findSharp } from "./sharpDecoder.ts";
import type { Sharp } from "./sharpDecoder.ts";

/** What was found, and a reader for it, to be closed by whoever opened it. */
export interface ImageFolder {
  /** Files of the folder, and of the folder of test images where there is one. */
  readonly lists: readonly (readonly ImageFile[])[];
  readonly classNames: readonly string[] | undefined;
  /** What was passed over until now. */
  readonly skipped: readonly Skipped[];
  readonly decoder: "sharp" | "own";
  readonly reader: ImageReader;
}

/** With fewer files starting threads takes longer than they save. */
const filesPerThread = 8;

const mostThreads = 16;

/** The decoder that the options ask for; undefined is the package's own. */
async function chooseDecoder(
  decoder: ImageFolderOptions["decoder"],
  caller: string,
): Promise<Sharp | undefined> {
  if (decoder === "own") return undefined;
  const sharp = await findSharp();
  if (sharp === undefined && decoder === "sharp") {
    throw new Error(
      `${caller}: decoder "sharp" needs the package sharp, got none that loads (npm install sharp)`,
    );
  }
  return sharp;
}

/** Names of the sub-folders, in alphabetical order of their code units; undefined where there are none. */
function classesOf(files: readonly ImageFile[]): readonly string[] | undefined {
  const names = new Set(files.map(({ className }) => className));
  if (names.size === 1 && names.has(undefined)) return undefined;
  return [...names].filter((name) => name !== undefined).sort();
}

/** The files of a list that lie in a class folder, which all must where there are classes; the others are passed over. */
function inClasses(
  files: readonly ImageFile[],
  classNames: readonly string[] | undefined,
  { caller, skipped }: { caller: string; skipped: Skipped[] | undefined },
): readonly ImageFile[] {
  if (classNames === undefined) return files;
  return files.filter(({ path, className }) => {
    if (className !== undefined && classNames.includes(className)) return true;
    const sentence = `every image must lie in one of the class folders ${describeValue(classNames)}, got ${path}`;
    if (skipped === undefined) throw new RangeError(`${caller}: ${sentence}`);
    skipped.push({ path, reason: sentence });
    return false;
  });
}

/**
 * Labels of files in class folders.
 *
 * @returns `[files.length]`, or undefined where there are no classes
 */
export function labelsOf(
  files: readonly ImageFile[],
  classNames: readonly string[] | undefined,
): Int32Array | undefined {
  if (classNames === undefined) return undefined;
  const indices = new Map(classNames.map((name, i) => [name, i]));
  return Int32Array.from(files, ({ className }) => indices.get(className ?? "") as number);
}

function preparationOf({ size, fit, channels, background }: ImageFolderOptions): Preparation {
  return {
    ...(size === undefined ? {} : { size: typeof size === "number" ? [size, size] : size }),
    ...(fit === undefined ? {} : { fit }),
    ...(channels === undefined ? {} : { channels }),
    ...(background === undefined ? {} : { background }),
  };
}

/** One for every few files, and no more than there are processors. */
function defaultThreads(files: number): number {
  const wanted = Math.floor(files / filesPerThread);
  return Math.max(1, Math.min(mostThreads, availableParallelism(), wanted));
}

/**
 * Finds the images of a folder, and those of a folder of test images.
 *
 * @param folder path of the folder
 * @param options checked
 * @param caller the public function whose arguments these are
 * @throws Error or RangeError when something in a folder cannot be read, unless that is to be skipped
 */
export async function findFolder(
  folder: string,
  options: ImageFolderOptions,
  caller: string,
): Promise<ImageFolder> {
  const sharp = await chooseDecoder(options.decoder, caller);
  const isSkipping = options.onError === "skip";
  const search = { caller, hasSharp: sharp !== undefined, isSkipping };
  const folders = [folder, ...(options.test === undefined ? [] : [options.test])];
  const found = await Promise.all(folders.map((path) => findImages(path, search)));
  const skipped = found.flatMap((list) => list.skipped);
  const classNames = classesOf(found[0].files);
  const lists = found.map(({ files }) =>
    inClasses(files, classNames, { caller, skipped: isSkipping ? skipped : undefined }),
  );
  const total = lists.reduce((sum, files) => sum + files.length, 0);
  const reader = new ImageReader({
    preparation: preparationOf(options),
    sharp,
    threads: options.threads ?? defaultThreads(total),
  });
  const decoder = sharp === undefined ? "own" : "sharp";
  return { lists, classNames, skipped, decoder, reader };
}
