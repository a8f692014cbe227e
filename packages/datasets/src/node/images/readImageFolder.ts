import { availableParallelism } from "node:os";
import { describeValue } from "@elbo/common";
import type { Skipped, Split } from "../../dataset.ts";
import type { ImageFolderOptions } from "../../fromImageFolder.ts";
import type { OpaqueImage } from "../../images/image.ts";
import type { Preparation } from "../../images/prepare.ts";
import { findImages } from "./findImages.ts";
import type { ImageFile } from "./findImages.ts";
import { ImageReader } from "./imageReader.ts";
import { findSharp } from "./sharpDecoder.ts";
import type { Sharp } from "./sharpDecoder.ts";

/** The images of one or two folders in the order of their paths, before anything is divided. */
export interface ReadFolders {
  readonly train: Split;
  readonly test: Split | undefined;
  readonly classNames: readonly string[] | undefined;
  readonly skipped: readonly Skipped[];
}

const caller = "fromImageFolder";

/** Most bytes that the images of one folder may take together, because a typed array cannot be longer. */
const maxBytes = 2 ** 32 - 1;

/** With fewer files starting threads takes longer than they save. */
const filesPerThread = 8;

const mostThreads = 16;

/** The decoder that the options ask for; undefined is the package's own. */
async function chooseDecoder(decoder: ImageFolderOptions["decoder"]): Promise<Sharp | undefined> {
  if (decoder === "own") return undefined;
  const sharp = await findSharp();
  if (sharp === undefined && decoder === "sharp") {
    throw new Error(
      `${caller}: decoder "sharp" needs the package sharp, got none that loads (npm install sharp)`,
    );
  }
  return sharp;
}

/** Height, width, channels. */
type ImageShape = readonly [number, number, 1 | 3];

/** The images of one folder as one array, filled as they arrive, each in its place. */
class Collection {
  readonly kept: ImageFile[] = [];
  readonly skipped: Skipped[] = [];
  readonly #files: readonly ImageFile[];
  readonly #isSkipping: boolean;
  readonly #isKept: Uint8Array;
  #shape: ImageShape | undefined;
  #data: Uint8Array | undefined;

  /** @param shape that of the images of another folder; without it the first image gives it */
  constructor(files: readonly ImageFile[], isSkipping: boolean, shape?: ImageShape) {
    this.#files = files;
    this.#isSkipping = isSkipping;
    this.#isKept = new Uint8Array(files.length);
    this.#shape = shape;
  }

  /** Shape of all images, as soon as one was there. */
  get shape(): ImageShape | undefined {
    return this.#shape;
  }

  put(index: number, image: OpaqueImage): void {
    const { path } = this.#files[index];
    this.#shape ??= [image.height, image.width, image.channels];
    this.#data ??= allocate(this.#files.length, this.#shape);
    const strange = difference(image, this.#shape);
    if (strange !== undefined) {
      this.miss(index, `${strange} in ${path}`);
      return;
    }
    this.#data.set(image.data, index * image.data.length);
    this.#isKept[index] = 1;
  }

  /** Passes a file over, or refuses it with a sentence that names it. */
  miss(index: number, sentence: string, reason = sentence): void {
    if (!this.#isSkipping) throw new RangeError(`${caller}: ${sentence}`);
    this.skipped.push({ path: this.#files[index].path, reason });
  }

  /** The images that are there, moved together. */
  finish(): Split {
    const data = this.#data;
    const shape = this.#shape;
    if (shape === undefined || data === undefined) {
      throw new RangeError(
        `${caller}: an image must be readable, got none among ${String(this.#files.length)} (${this.skipped[0].reason})`,
      );
    }
    const bytes = shape[0] * shape[1] * shape[2];
    this.#files.forEach((file, i) => {
      if (this.#isKept[i] === 0) return;
      if (this.kept.length !== i) {
        data.copyWithin(this.kept.length * bytes, i * bytes, (i + 1) * bytes);
      }
      this.kept.push(file);
    });
    return {
      data: data.subarray(0, this.kept.length * bytes),
      shape: [this.kept.length, ...shape],
    };
  }
}

function allocate(count: number, shape: readonly number[]): Uint8Array {
  const bytes = shape.reduce((product, length) => product * length, count);
  if (bytes > maxBytes) {
    throw new RangeError(
      `${caller}: images must take at most ${String(maxBytes)} bytes, got ${String(count)} of shape ${describeValue(shape)} (choose a smaller size)`,
    );
  }
  return new Uint8Array(bytes);
}

/** In which way an image is not like the first one. */
function difference(image: OpaqueImage, [height, width, channels]: ImageShape): string | undefined {
  if (image.height !== height || image.width !== width) {
    return `images must be ${String(height)} x ${String(width)} like the first one unless size is given, got ${String(image.height)} x ${String(image.width)}`;
  }
  if (image.channels === channels) return undefined;
  return `images must have ${String(channels)} channels like the first one unless channels is given, got ${String(image.channels)}`;
}

interface Job {
  readonly reader: ImageReader;
  readonly collection: Collection;
  readonly finished: () => void;
}

/** Reads all files; as many at once as the reader has threads, but the first alone, because it gives the size of all. */
async function readAll(files: readonly ImageFile[], job: Job): Promise<void> {
  const { reader, collection, finished } = job;
  let next = 0;
  const readNext = async (): Promise<void> => {
    const index = next++;
    const { path } = files[index];
    const result = await reader.read(path);
    if ("image" in result) collection.put(index, result.image);
    else {
      const { reason } = result;
      collection.miss(index, `every image must be readable, got ${path} (${reason})`, reason);
    }
    finished();
  };
  while (collection.shape === undefined && next < files.length) await readNext();
  const lane = async (): Promise<void> => {
    while (next < files.length) await readNext();
  };
  await Promise.all(Array.from({ length: reader.width }, lane));
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
  skipped: Skipped[] | undefined,
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

function withLabels(
  split: Split,
  files: readonly ImageFile[],
  classNames: readonly string[] | undefined,
): Split {
  const indices = new Map(classNames?.map((name, i) => [name, i]));
  if (indices.size === 0) return split;
  const labels = Int32Array.from(files, ({ className }) => indices.get(className ?? "") as number);
  return { ...split, labels };
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
 * The images of a folder, and those of a folder of test images.
 *
 * @param folder path of the folder
 * @param options checked
 * @throws Error or RangeError naming a file that cannot be read or differs, unless these are to be skipped
 */
export async function readImageFolder(
  folder: string,
  options: ImageFolderOptions,
): Promise<ReadFolders> {
  const sharp = await chooseDecoder(options.decoder);
  const isSkipping = options.onError === "skip";
  const search = { caller, hasSharp: sharp !== undefined, isSkipping };
  const folders = [folder, ...(options.test === undefined ? [] : [options.test])];
  const found = await Promise.all(folders.map((path) => findImages(path, search)));
  const skipped = found.flatMap((list) => list.skipped);
  const classNames = classesOf(found[0].files);
  const lists = found.map(({ files }) =>
    inClasses(files, classNames, isSkipping ? skipped : undefined),
  );
  const total = lists.reduce((sum, files) => sum + files.length, 0);
  const reader = new ImageReader({
    preparation: preparationOf(options),
    sharp,
    threads: options.threads ?? defaultThreads(total),
  });
  let done = 0;
  const finished = (): void => {
    options.onProgress?.({ done: ++done, total, decoder: sharp === undefined ? "own" : "sharp" });
  };
  try {
    let shape: ImageShape | undefined;
    const splits: Split[] = [];
    for (const files of lists) {
      const collection = new Collection(files, isSkipping, shape);
      await readAll(files, { reader, collection, finished });
      splits.push(withLabels(collection.finish(), collection.kept, classNames));
      skipped.push(...collection.skipped);
      shape = collection.shape;
    }
    skipped.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { train: splits[0], test: splits[1], classNames, skipped };
  } finally {
    await reader.close();
  }
}
