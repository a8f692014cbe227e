import type { Random } from "../random/random.ts";
import { sizeOf } from "../shape.ts";
import type { ColumnSpecs } from "./columns.ts";

/** Arrays that a batch is written into, by the name of the column. */
export type ColumnBuffers = Readonly<Record<string, Float32Array | Int32Array>>;

/** Buffers of so many rows. */
export const columnBuffers = (columns: ColumnSpecs, rows: number): ColumnBuffers =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { shape, dtype }]) => {
      const size = rows * sizeOf(shape);
      return [name, dtype === "int32" ? new Int32Array(size) : new Float32Array(size)];
    }),
  );

/** How {@link Rows.fillInto} prepares values. */
export interface FillOptions {
  /** Which rows, in the order of the batch. */
  readonly indices: ArrayLike<number>;
  /** Draws of preparation (binarization): one stream for the batch, or a function that gives a row's own stream; absent: values as they are, undrawn. */
  readonly random?: Random | ((index: number) => Random);
}

/** A data set as a trainable sees it: rows of its columns, checked, prepared when a batch is cut. */
export interface Rows {
  readonly count: number;
  /** Writes rows into buffers `[indices.length, ...shape]`; asynchronous where the data lie on a disk. */
  fillInto(buffers: ColumnBuffers, options: FillOptions): void | Promise<void>;
  /** Says which rows will be asked for next, in their order, so that they are read meanwhile. */
  prefetch?(indices: ArrayLike<number>): void;
  /** One class per row, for plans that balance by it. */
  readonly labels?: ArrayLike<number>;
  /** Finite, at least 0, one per row: what terms are multiplied by before the mean over a batch. */
  readonly weights?: Float32Array;
  /** Sentences about values that are probably not what was meant; said once before the first step. */
  readonly warnings?: readonly string[];
  /** Added to the sentence about a run whose values did not stay finite. */
  readonly remedy?: string;
  /** A digest of the data, for checkpoints. */
  fingerprint(): string;
}
