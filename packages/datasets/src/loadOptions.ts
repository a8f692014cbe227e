import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { divideTable } from "./select.ts";
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

/** Options that concern files, as a table. */
export const fileTable = {
  folder: { rule: rules.path(), default: undefined },
  cache: { rule: rules.path(), default: undefined },
  download: { rule: rules.boolean(), default: true },
  mirrors: {
    rule: rules.list(rules.such<string>("an http or https address", isAddress)),
    default: undefined,
  },
  onProgress: { rule: rules.function<(progress: Progress) => void>(), default: undefined },
  signal: {
    rule: rules.such<AbortSignal>("an AbortSignal", (value) => value instanceof AbortSignal),
    default: undefined,
  },
  timeout: { rule: rules.integer({ min: 1 }), default: 30_000 },
  attempts: { rule: rules.integer({ min: 1 }), default: 3 },
} satisfies Partial<OptionTable<LoadOptions>>;

/** Options that concern drawing and dividing, as a table. */
export const drawTable = {
  ...divideTable,
  count: {
    rule: rules.either(rules.integer({ min: 2 }), rules.exactly("all")),
    default: undefined,
  },
} satisfies Partial<OptionTable<LoadOptions>>;

function isAddress(value: unknown): boolean {
  return typeof value === "string" && /^https?:\/\//u.test(value) && URL.canParse(value);
}
