import { describeValue } from "@elbo/common";
import type { Skipped, Split } from "../../dataset.ts";
import type { OpaqueImage } from "../../images/image.ts";
import type { ImageFile } from "./findImages.ts";

/** Most bytes that the images of one folder may take together, because a typed array cannot be longer. */
const maxBytes = 2 ** 32 - 1;

/** Height, width, channels. */
export type ImageShape = readonly [number, number, 1 | 3];

/** The images of one folder as one array, filled as they arrive, each in its place. */
export class ImageCollection {
  readonly kept: ImageFile[] = [];
  readonly skipped: Skipped[] = [];
  readonly #caller: string;
  readonly #files: readonly ImageFile[];
  readonly #isSkipping: boolean;
  readonly #isKept: Uint8Array;
  #shape: ImageShape | undefined;
  #data: Uint8Array | undefined;

  /** @param shape that of the images of another folder; without it the first image gives it */
  constructor(
    files: readonly ImageFile[],
    {
      caller,
      isSkipping,
      shape,
    }: { caller: string; isSkipping: boolean; shape?: ImageShape | undefined },
  ) {
    this.#caller = caller;
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
    this.#data ??= this.#allocate(this.#shape);
    const strange = difference(image, this.#shape);
    if (strange !== undefined) {
      this.miss(index, `${strange} in ${path}`);
      return;
    }
    this.#data.set(image.data, index * image.data.length);
    this.#isKept[index] = 1;
  }

  #allocate(shape: ImageShape): Uint8Array {
    const count = this.#files.length;
    const bytes = shape.reduce((product, length) => product * length, count);
    if (bytes > maxBytes) {
      throw new RangeError(
        `${this.#caller}: images must take at most ${String(maxBytes)} bytes, got ${String(count)} of shape ${describeValue(shape)} (choose a smaller size, or openImageFolder)`,
      );
    }
    return new Uint8Array(bytes);
  }

  /** Passes a file over, or refuses it with a sentence that names it. */
  miss(index: number, sentence: string, reason = sentence): void {
    if (!this.#isSkipping) throw new RangeError(`${this.#caller}: ${sentence}`);
    this.skipped.push({ path: this.#files[index].path, reason });
  }

  /** The images that are there, moved together. */
  finish(): Split {
    const data = this.#data;
    const shape = this.#shape;
    if (shape === undefined || data === undefined) {
      throw new RangeError(
        `${this.#caller}: an image must be readable, got none among ${String(this.#files.length)} (${this.skipped.at(-1)?.reason ?? "no file"})`,
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

/** In which way an image is not like the first one. */
export function difference(
  image: OpaqueImage,
  [height, width, channels]: ImageShape,
): string | undefined {
  if (image.height !== height || image.width !== width) {
    return `images must be ${String(height)} x ${String(width)} like the first one unless size is given, got ${String(image.height)} x ${String(image.width)}`;
  }
  if (image.channels === channels) return undefined;
  return `images must have ${String(channels)} channels like the first one unless channels is given, got ${String(image.channels)}`;
}
