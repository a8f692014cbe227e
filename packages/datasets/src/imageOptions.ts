import { describeValue } from "@elbo/common";
import { checkInteger } from "./check.ts";
import type { Background } from "./images/flatten.ts";
import type { Fit } from "./images/resize.ts";

/** How far reading a folder has come. */
export interface FolderProgress {
  /** Files that were read or passed over. */
  readonly done: number;
  readonly total: number;
  /** What decodes them: sharp, or the package's own decoders. */
  readonly decoder: "sharp" | "own";
}

/** How image files become one array. */
export interface ImageFolderOptions {
  /** Resize every image to this size: pixels of both sides, or `[height, width]`. */
  readonly size?: number | readonly [number, number];
  /** `"fill"` (the default) stretches to `size`, `"cover"` cuts to its proportions around the middle first. */
  readonly fit?: Fit;
  /** 1 for grey, 3 for colour; by default what the first image has. */
  readonly channels?: 1 | 3;
  /** What shows through transparent pixels, 0 to 255: grey, or `[r, g, b]`. Without it transparent images are refused. */
  readonly background?: Background;
  /** Folder of the test images; without it a part of the images becomes the test split. */
  readonly test?: string;
  /** `"skip"` passes over what cannot be read and lists it as `skipped`; `"stop"` (the default) refuses the folder. */
  readonly onError?: "stop" | "skip";
  /** `"sharp"`, `"own"`, or `"auto"` (the default): sharp where it is installed. */
  readonly decoder?: "auto" | "sharp" | "own";
  /** Threads that read; by default up to one for each processor, and 1 for a few files. */
  readonly threads?: number;
  /** Called after each file. */
  readonly onProgress?: (progress: FolderProgress) => void;
}

/** Keys of {@link ImageFolderOptions} that make sense however images are read, for checks. */
export const imageOptionKeys = [
  "size",
  "fit",
  "channels",
  "background",
  "test",
  "decoder",
  "threads",
] as const;

/**
 * Refuses a folder that is no path, and options that are none.
 *
 * @param caller the public function whose arguments these are
 */
export function checkImageOptions(
  folder: unknown,
  options: ImageFolderOptions,
  caller: string,
): void {
  if (typeof folder !== "string" || folder === "") {
    throw new TypeError(`${caller}: folder must be a path, got ${describeValue(folder)}`);
  }
  const { size, channels, background, threads } = options;
  const sides: readonly unknown[] = Array.isArray(size) ? size : size === undefined ? [] : [size];
  if (Array.isArray(size) && size.length !== 2) {
    throw new RangeError(
      `${caller}: size must be pixels or [height, width], got ${describeValue(size)}`,
    );
  }
  for (const side of sides) {
    checkInteger(side, { least: 1, most: 8192 }, { caller, name: "size" });
  }
  if (channels !== undefined && channels !== 1 && (channels as number) !== 3) {
    throw new RangeError(`${caller}: channels must be 1 or 3, got ${describeValue(channels)}`);
  }
  if (background !== undefined) checkBackground(background, caller);
  if (threads !== undefined) {
    checkInteger(threads, { least: 1, most: 64 }, { caller, name: "threads" });
  }
  checkChoices(options, caller);
}

function checkBackground(background: unknown, caller: string): void {
  const values: readonly unknown[] = Array.isArray(background) ? background : [background];
  const isRight =
    (values.length === 3 || !Array.isArray(background)) &&
    values.every((v) => Number.isInteger(v) && Number(v) >= 0 && Number(v) <= 255);
  if (isRight) return;
  throw new RangeError(
    `${caller}: background must be a whole number from 0 to 255, or three of them, got ${describeValue(background)}`,
  );
}

const choices = {
  fit: ["fill", "cover"],
  onError: ["stop", "skip"],
  decoder: ["auto", "sharp", "own"],
} as const;

function checkChoices(options: ImageFolderOptions, caller: string): void {
  for (const [key, known] of Object.entries(choices)) {
    const value = options[key as keyof typeof choices];
    if (value === undefined || (known as readonly string[]).includes(value)) continue;
    const list = known.map((choice) => JSON.stringify(choice)).join(", ");
    throw new RangeError(`${caller}: ${key} must be one of ${list}, got ${describeValue(value)}`);
  }
  const { onProgress, test } = options;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new TypeError(
      `${caller}: onProgress must be a function, got ${describeValue(onProgress)}`,
    );
  }
  if (test !== undefined && (typeof test !== "string" || test === "")) {
    throw new TypeError(`${caller}: test must be a path, got ${describeValue(test)}`);
  }
}
