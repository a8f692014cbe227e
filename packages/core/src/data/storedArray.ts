/** Arrays that stay in files: rows are read when a batch is cut from them, those of the next batch while this one is worked on. */
import type { NdArray } from "@elbo/jit";
import { assertOneOf, describeValue } from "@elbo/common";
import { sizeOf } from "../shape.ts";
import { hashOf } from "./fingerprint.ts";

/**
 * An array whose rows lie in files: what `openNpy` and `openImageFolder` of `@elbo/datasets` give, or a reader of one's own.
 * It stands where functions take `{ data, shape }`.
 */
export interface StoredArray {
  /** `[count, ...]`. */
  readonly shape: readonly number[];
  readonly dtype: "uint8" | "float32";
  /** Fills `out`, of the kind of `dtype`, with rows in the order of `indices`; several calls may run at once. */
  readInto(out: Uint8Array | Float32Array, indices: ArrayLike<number>): Promise<void>;
}

/** Whether a value is a {@link StoredArray}. */
export const isStored = (value: unknown): value is StoredArray =>
  typeof value === "object" &&
  value !== null &&
  typeof (value as Partial<StoredArray>).readInto === "function" &&
  Array.isArray((value as Partial<StoredArray>).shape);

/** Rows of a stored array that were read; they are given back when they were used. */
export interface Staged {
  readonly values: NdArray;
  readonly release: () => void;
}

interface Reading {
  readonly indices: Int32Array;
  readonly done: Promise<Staged>;
}

/** How many rows tell one array from another, and show what its values are like. */
const sampleRows = 128;

/** Reads rows of a stored array into buffers that are used again. */
export class StagedArray {
  readonly count: number;
  private readonly array: StoredArray;
  private readonly buffers: (Uint8Array | Float32Array)[] = [];
  private ahead: Reading | undefined;

  /** @throws RangeError or TypeError when it is not as an array must be */
  constructor(at: { readonly fn: string; readonly name: string }, array: StoredArray) {
    const { shape, dtype } = array;
    assertOneOf({ ...at, name: `dtype of ${at.name}` }, dtype, ["uint8", "float32"]);
    if (shape.length === 0 || shape.some((size) => !Number.isInteger(size) || size < 0)) {
      throw new RangeError(
        `${at.fn}: shape of ${at.name} must be [count, ...] in whole numbers, got ${describeValue(shape)}`,
      );
    }
    this.array = array;
    this.count = shape[0];
  }

  /** Begins to read rows that will be asked for next. */
  prefetch(indices: ArrayLike<number>): void {
    if (this.ahead !== undefined && same(this.ahead.indices, indices)) return;
    const own = Int32Array.from(indices);
    const done = this.read(own);
    // Whoever asks for these rows gets the error; nobody may.
    done.catch(() => undefined);
    const before = this.ahead;
    this.ahead = { indices: own, done };
    void before?.done.then(
      ({ release }) => {
        release();
      },
      () => undefined,
    );
  }

  /** Rows in the order of `indices`. */
  async load(indices: ArrayLike<number>): Promise<Staged> {
    const { ahead } = this;
    if (ahead === undefined || !same(ahead.indices, indices)) {
      return this.read(Int32Array.from(indices));
    }
    this.ahead = undefined;
    return ahead.done;
  }

  /** Up to 128 rows from all over the array. */
  async sample(): Promise<NdArray> {
    const rows = Math.min(this.count, sampleRows);
    const indices = Int32Array.from({ length: rows }, (_, i) =>
      Math.floor((i * this.count) / rows),
    );
    return (await this.read(indices)).values;
  }

  private async read(indices: Int32Array): Promise<Staged> {
    const { shape, dtype } = this.array;
    const row = shape.slice(1);
    const length = indices.length * sizeOf(row);
    const place = this.buffers.findIndex((buffer) => buffer.length === length);
    const made = () => (dtype === "uint8" ? new Uint8Array(length) : new Float32Array(length));
    const data = place < 0 ? made() : this.buffers.splice(place, 1)[0];
    await this.array.readInto(data, indices);
    const release = (): void => {
      // Chunks have few sizes, and no more than two are on their way.
      if (this.buffers.unshift(data) > 4) this.buffers.pop();
    };
    return { values: { data, shape: [indices.length, ...row] }, release };
  }
}

/** A short text that differs when arrays differ in kind, shape, or one of the rows of the sample. */
export function storedFingerprint({ shape, dtype }: StoredArray, sample: NdArray): string {
  return `stored ${dtype}[${shape.join(",")}] ${hashOf(sample.data)}`;
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
};
