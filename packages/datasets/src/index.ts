export { load, datasetNames } from "./load.ts";
export type { DatasetName, LoadOptionsOf } from "./load.ts";
export type { LoadOptions, Progress } from "./loadOptions.ts";
export type { Dataset, DatasetNames, Skipped, Split } from "./dataset.ts";
export { sprites, spriteGrid, spriteFactorNames } from "./sprites/sprites.ts";
export type { SpriteGrid, SpriteGridOptions, SpritesOptions } from "./sprites/sprites.ts";
export { fromArrays } from "./fromArrays.ts";
export type { FromArraysOptions } from "./fromArrays.ts";
export type { ArrayOptions, ArraySplit } from "./arrays.ts";
export type { Label, LabelsLike, Listed } from "./labels.ts";
export type { Layout } from "./layout.ts";
export type { Numbers } from "./values.ts";
export type { FileSource } from "./fileSource.ts";
export { fromNpy } from "./fromNpy.ts";
export type { FromFileOptions } from "./fromNpy.ts";
export { fromNpz } from "./fromNpz.ts";
export type { NpzKeys } from "./fromNpz.ts";
export { fromIdx } from "./fromIdx.ts";
export type { IdxFiles } from "./fromIdx.ts";
export { fromCsv } from "./fromCsv.ts";
export type { FromCsvOptions } from "./fromCsv.ts";
export type { Column } from "./tableColumns.ts";
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
