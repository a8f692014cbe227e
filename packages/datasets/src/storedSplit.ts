/** Examples that stay in their files and are read when they are asked for. */
import { assertInteger, describeValue } from "@elbo/common";
import type { DatasetNames, Split } from "./dataset.ts";

/** Examples along the first axis, in files. */
export interface StoredSplit {
  /** `[count, height, width, channels]` for images, `[count, length, channels]` for signals, `[count, features]` for vectors. */
  readonly shape: readonly number[];
  /** Kind of the values. */
  readonly dtype: "uint8" | "float32";
  /** Class of each example, in memory: `[count]`. */
  readonly labels?: Uint8Array | Int32Array;
  /**
   * The examples with the given indices, in that order; an index may repeat. Several calls may run at once, so that one batch
   * is read while another is worked on.
   *
   * @returns `[indices.length, ...]`, the same bytes as in memory
   * @throws RangeError for an index outside, Error when a file changed, is damaged, or is unlike the first
   */
  read(indices: ArrayLike<number>): Promise<Split>;
  /** The same into an array of the caller's, of the kind of `dtype` and just long enough. */
  readInto(out: Uint8Array | Float32Array, indices: ArrayLike<number>): Promise<void>;
}

/** A named set of examples in files, divided as the same set in memory is. */
export interface StoredDataset extends Pick<DatasetNames, "classNames"> {
  readonly name: string;
  readonly train: StoredSplit;
  readonly test: StoredSplit;
  /** Closes files and ends threads; nothing can be read after it. */
  close(): Promise<void>;
}

/** Reads one example of the undivided set into its place. */
export type ReadRow = (out: Uint8Array | Float32Array, row: number) => Promise<void>;

/** What a {@link StoredSplit} is made of. */
export interface StoredRows {
  readonly caller: string;
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly dtype: "uint8" | "float32";
  /** Which examples of the undivided set. */
  readonly rows: Int32Array;
  /** Labels of the undivided set. */
  readonly labels?: Uint8Array | Int32Array | undefined;
  readonly readRow: ReadRow;
  /** Most examples to read at once. */
  readonly width: number;
}

/** A part of a set whose examples are read one by one, several at once. */
export function storedSplit(stored: StoredRows): StoredSplit {
  const { caller, shape, dtype, rows, labels, readRow, width } = stored;
  const size = shape.reduce((product, length) => product * length, 1);
  const Kind = dtype === "uint8" ? Uint8Array : Float32Array;
  const own = labels && pickLabels(labels, rows);
  const readInto: StoredSplit["readInto"] = async (out, indices) => {
    checkIndices(indices, rows.length, caller);
    if (!(out instanceof Kind) || out.length !== indices.length * size) {
      throw new RangeError(
        `${caller}: out must be a ${Kind.name} of length ${String(indices.length * size)}, got ${describeValue(out)}`,
      );
    }
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < indices.length) {
        const i = next++;
        await readRow(out.subarray(i * size, (i + 1) * size), rows[indices[i]]);
      }
    };
    await Promise.all(Array.from({ length: Math.min(width, indices.length) }, lane));
  };
  return {
    shape: [rows.length, ...shape],
    dtype,
    ...(own === undefined ? {} : { labels: own }),
    readInto,
    async read(indices) {
      const data = new Kind(indices.length * size);
      await readInto(data, indices);
      return {
        data,
        shape: [indices.length, ...shape],
        ...(own === undefined ? {} : { labels: pickLabels(own, indices) }),
      };
    },
  };
}

function pickLabels<T extends Uint8Array | Int32Array>(labels: T, indices: ArrayLike<number>): T {
  const picked = new (labels.constructor as new (length: number) => T)(indices.length);
  for (let i = 0; i < indices.length; i++) picked[i] = labels[indices[i]];
  return picked;
}

function checkIndices(indices: ArrayLike<number>, count: number, caller: string): void {
  for (let i = 0; i < indices.length; i++) {
    if (Number.isInteger(indices[i]) && indices[i] >= 0 && indices[i] < count) continue;
    const name = `indices[${String(i)}]`;
    assertInteger({ fn: caller, name }, indices[i], { min: 0, max: count - 1 });
  }
}
