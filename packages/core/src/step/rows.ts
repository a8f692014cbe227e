import type { Random } from "../random/random.ts";

/** Arrays that a batch is written into, by the name of the column. */
export type ColumnBuffers = Readonly<Record<string, Float32Array | Int32Array>>;

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
  /** A digest of the data, for checkpoints. */
  fingerprint(): string;
}
