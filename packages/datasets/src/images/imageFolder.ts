import { describeValue, reasonOf } from "@elbo/common";
import type { Split } from "../dataset.ts";
import { toChannels } from "./image.ts";
import type { Image } from "./image.ts";
import { decodeJpeg } from "./jpeg.ts";
import { decodePng } from "./png.ts";
import { resize } from "./resize.ts";

/** One image file of a folder. */
export interface ImageFile {
  readonly path: string;
  /** Name of the sub-folder it lies in; undefined when it lies in the folder itself. */
  readonly className?: string;
}

/** How image files become one array. */
export interface ImageOptions {
  /** Resize every image to this size: pixels of both sides, or `[height, width]`. */
  readonly size?: number | readonly [number, number];
  /** 1 for grey, 3 for colour; by default what the first image has. */
  readonly channels?: 1 | 3;
}

/** Most bytes that the images of one folder may take together, because a typed array cannot be longer. */
const maxBytes = 2 ** 32 - 1;

/**
 * Decodes an image by its first bytes, whatever it is called.
 *
 * @param bytes the whole file
 * @throws RangeError or Error with one sentence when it is neither PNG nor JPEG or damaged
 */
export function decodeImage(bytes: Uint8Array): Image {
  if (bytes[0] === 0x89) return decodePng(bytes);
  if (bytes[0] === 0xff) return decodeJpeg(bytes);
  throw new RangeError(
    `decodeImage: file must be PNG or JPEG, got ${String(bytes.length)} bytes of another kind`,
  );
}

function decodeNamed(bytes: Uint8Array, path: string): Image {
  try {
    return decodeImage(bytes);
  } catch (error) {
    throw new Error(
      `fromImageFolder: every image must be readable, got ${path} (${reasonOf(error)})`,
      { cause: error },
    );
  }
}

/**
 * All images of a list as one array, one file in memory at a time.
 *
 * @param files image files, at least one
 * @param read returns the bytes of a file
 * @param options size and channels of the result
 * @returns images `[files.length, height, width, channels]` without labels
 * @throws Error naming the first file that is damaged or differs in size or channels
 */
export async function imagesToSplit(
  files: readonly ImageFile[],
  read: (path: string) => Promise<Uint8Array>,
  { size, channels }: ImageOptions,
): Promise<Split> {
  const target = typeof size === "number" ? ([size, size] as const) : size;
  let data: Uint8Array | undefined;
  let shape: readonly [number, number, 1 | 3] | undefined;
  for (const [i, { path }] of files.entries()) {
    const image = decodeNamed(await read(path), path);
    const sized = target === undefined ? image : resize(image, target);
    const final = channels === undefined ? sized : toChannels(sized, channels);
    shape ??= [final.height, final.width, final.channels];
    checkSame(final, shape, path);
    data ??= allocate(files.length, shape);
    data.set(final.data, i * final.data.length);
  }
  return { data: data as Uint8Array, shape: [files.length, ...(shape as readonly number[])] };
}

function allocate(count: number, shape: readonly number[]): Uint8Array {
  const bytes = shape.reduce((product, length) => product * length, count);
  if (bytes > maxBytes) {
    throw new RangeError(
      `fromImageFolder: images must take at most ${String(maxBytes)} bytes, got ${String(count)} of shape ${describeValue(shape)} (choose a smaller size)`,
    );
  }
  return new Uint8Array(bytes);
}

function checkSame(image: Image, shape: readonly [number, number, number], path: string): void {
  const [height, width, channels] = shape;
  if (image.height !== height || image.width !== width) {
    throw new RangeError(
      `fromImageFolder: images must be ${String(height)} x ${String(width)} like the first one unless size is given, got ${String(image.height)} x ${String(image.width)} in ${path}`,
    );
  }
  if (image.channels !== channels) {
    throw new RangeError(
      `fromImageFolder: images must have ${String(channels)} channels like the first one unless channels is given, got ${String(image.channels)} in ${path}`,
    );
  }
}

/**
 * Labels of image files: the sub-folders in alphabetical order of their code units.
 *
 * @param files image files
 * @param classNames names in the order of their labels
 * @returns `[files.length]`
 * @throws RangeError when a file lies in another folder
 */
export function labelsOf(files: readonly ImageFile[], classNames: readonly string[]): Int32Array {
  const indices = new Map(classNames.map((name, i) => [name, i]));
  return Int32Array.from(files, ({ path, className }) => {
    const label = className === undefined ? undefined : indices.get(className);
    if (label === undefined) {
      throw new RangeError(
        `fromImageFolder: every image must lie in one of the class folders ${describeValue(classNames)}, got ${path}`,
      );
    }
    return label;
  });
}
