export { load, datasetNames } from "./load.ts";
export type { DatasetName, LoadOptionsOf } from "./load.ts";
export type { LoadOptions, Progress } from "./loadOptions.ts";
export type { Dataset, DatasetNames, Skipped, Split } from "./dataset.ts";
export { sprites, spriteGrid, spriteFactorNames } from "./sprites/sprites.ts";
export type { SpriteGrid, SpriteGridOptions, SpritesOptions } from "./sprites/sprites.ts";
export { fromArrays } from "./fromArrays.ts";
export type { FromArraysOptions } from "./fromArrays.ts";
export { fromNpy, fromNpz } from "./fromNpy.ts";
export type { FileSource, FromFileOptions, NpzKeys } from "./fromNpy.ts";
export { fromCsv } from "./fromCsv.ts";
export type { FromCsvOptions } from "./fromCsv.ts";
export { fromImageFolder } from "./fromImageFolder.ts";
export type {
  FolderProgress,
  FromImageFolderOptions,
  ImageFolderOptions,
} from "./fromImageFolder.ts";
export type { Background } from "./images/flatten.ts";
export type { Fit } from "./images/resize.ts";
export { take, filterByLabel } from "./select.ts";
export type { DivideOptions, SplitOptions } from "./select.ts";
export { toFactors, toIndex } from "./mixedRadix.ts";
