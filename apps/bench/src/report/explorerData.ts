/** A model that a reader can play with. Arrays are base64 of little-endian numbers. */
export interface ExplorerModel {
  readonly name: string;
  readonly title: string;
  /** Colour of the page's palette. */
  readonly color: number;
  /** The decoder as a plan file for one example, deflated (zlib): feeds `code` and, of a conditional model, `label`. */
  readonly plan: string;
  /** Names of the labels that the decoder is told; absent without a condition. */
  readonly labels?: readonly string[];
  readonly latents: ExplorerVectors | ExplorerCodes;
}

/** Latents that are vectors. */
export interface ExplorerVectors {
  readonly kind: "vector";
  readonly size: number;
  /** float32 `[examples, size]`: mean latents of the examples of the map. */
  readonly codes: string;
  /** Their mean `[size]`, and for every dimension the largest distance from it that a slider goes to. */
  readonly mean: readonly number[];
  readonly reach: readonly number[];
  /** The two directions of largest variance, unit vectors `[size]`: the axes of the map. */
  readonly axes: readonly (readonly number[])[];
  /** Dimensions by falling variance: the order of the sliders. */
  readonly order: readonly number[];
}

/** Latents that are indices on a grid. */
export interface ExplorerCodes {
  readonly kind: "codes";
  readonly grid: readonly [number, number];
  /** Entries of the codebook. */
  readonly entries: number;
  /** int32 `[shown, rows, columns]`: the codes of the shown examples. */
  readonly codes: string;
}

/** What the explorer of a page holds. */
export interface ExplorerData {
  /** `[height, width, channels]`. */
  readonly image: readonly number[];
  /** Classes of the examples of the map; empty without labels. */
  readonly classes: readonly number[];
  readonly classNames: readonly string[];
  /** Positions among the examples of the map of those that can be chosen by their picture. */
  readonly shown: readonly number[];
  /** uint8 `[shown, height, width, channels]`. */
  readonly pictures: string;
  readonly models: readonly ExplorerModel[];
  /** Titles of models that the page has no room for. */
  readonly leftOut: readonly string[];
  /** Titles of models that it cannot play with. */
  readonly unsuited: readonly string[];
  /** The kernels, WebAssembly, deflated (zlib). */
  readonly kernels: string;
}
