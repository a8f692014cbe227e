import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { Background } from "./images/flatten.ts";
import type { Fit } from "./images/prepare.ts";

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
  /** `"fill"` (the default) stretches to `size`, `"cover"` cuts to its proportions around the middle first, `"contain"` shows all of it between bars of `background` (black without one). */
  readonly fit?: Fit;
  /** 1 for grey, 3 for colour; by default what the first image has. */
  readonly channels?: 1 | 3;
  /** What shows through transparent pixels and fills the bars of `"contain"`, 0 to 255: grey, or `[r, g, b]`. Without it transparent images are refused. */
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

const side = rules.integer({ min: 1, max: 8192 });
const value = rules.integer({ min: 0, max: 255 });

/** {@link ImageFolderOptions} that make sense however images are read, as a table. */
export const imageTable = {
  size: {
    rule: rules.either(side, rules.tuple("[height, width]", [side, side])),
    default: undefined,
  },
  fit: { rule: rules.oneOf(["fill", "cover", "contain"]), default: "fill" },
  channels: { rule: rules.either(rules.exactly(1), rules.exactly(3)), default: undefined },
  background: {
    rule: rules.either(value, rules.tuple("three of them", [value, value, value])),
    default: undefined,
  },
  test: { rule: rules.path(), default: undefined },
  decoder: { rule: rules.oneOf(["auto", "sharp", "own"]), default: "auto" },
  threads: { rule: rules.integer({ min: 1, max: 64 }), default: undefined },
} satisfies OptionTable<Omit<ImageFolderOptions, "onError" | "onProgress">>;
