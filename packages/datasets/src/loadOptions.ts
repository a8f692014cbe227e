import type { SpriteGrid } from "./sprites/sprites.ts";

/** How far a download has come. */
export interface Progress {
  /** Name of the set. */
  readonly dataset: string;
  /** Name of the file. */
  readonly file: string;
  /** Bytes on disk, those of an earlier attempt included. */
  readonly received: number;
  /** Bytes of the whole file; undefined when the server does not say. */
  readonly total: number | undefined;
}

/** Where a set comes from. Options that a set has no use for are refused. */
export interface LoadOptions {
  /** Folder that is searched first, for sets that come from files. */
  readonly folder?: string;
  /** Folder for downloads; by default `ELBO_CACHE`, else the user's cache folder. */
  readonly cache?: string;
  /** Whether a missing file may be downloaded; true by default. */
  readonly download?: boolean;
  /** Addresses of folders to download from, in place of the known ones. */
  readonly mirrors?: readonly string[];
  /** Called while a file arrives. */
  readonly onProgress?: (progress: Progress) => void;
  /** Ends a download. */
  readonly signal?: AbortSignal;
  /** Longest silence of a server in ms; 30,000 by default. */
  readonly timeout?: number;
  /** How often each mirror is asked; 3 by default. */
  readonly attempts?: number;
  /** `dsprites`, `sprites`: number of different images drawn, or all of them. */
  readonly count?: number | "all";
  /** `dsprites`, `sprites`: part of the images that becomes the test split; 0.1 by default. */
  readonly testFraction?: number;
  /** `dsprites`, `sprites`: seed of the draw and the division; 0 by default. */
  readonly seed?: number;
  /** `sprites`: height and width in pixels; 64 by default. */
  readonly size?: number;
  /** `sprites`: number of values of each factor. */
  readonly grid?: SpriteGrid;
}

/** Keys that concern files. */
export const fileOptionKeys = [
  "folder",
  "cache",
  "download",
  "mirrors",
  "onProgress",
  "signal",
  "timeout",
  "attempts",
] as const;

/** Keys that concern drawing and dividing. */
export const drawOptionKeys = ["count", "testFraction", "seed"] as const;
