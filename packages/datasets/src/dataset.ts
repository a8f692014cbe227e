/** Examples along the first axis, with what is known about each of them. */
export interface Split {
  /** Values in row-major order; images in `Uint8Array` use 0 to 255. */
  readonly data: Uint8Array | Float32Array;
  /** `[count, height, width, channels]` for images, `[count, length, channels]` for signals, `[count, features]` for vectors. */
  readonly shape: readonly number[];
  /** Class of each example, an index into `classNames`: `[count]`. */
  readonly labels?: Uint8Array | Int32Array;
  /** Generating factors of each example as indices into their grids: `[count, factorNames.length]`. */
  readonly factors?: Int32Array;
}

/** A file or folder that was passed over, and why. */
export interface Skipped {
  readonly path: string;
  readonly reason: string;
}

/** A named set of examples, already divided into training and test examples. */
export interface Dataset {
  readonly name: string;
  readonly train: Split;
  readonly test: Split;
  /** Names of the classes that `labels` count. */
  readonly classNames?: readonly string[];
  /** Names of the columns of `factors`. */
  readonly factorNames?: readonly string[];
  /** Number of values that each factor takes: `[factorNames.length]`. */
  readonly factorSizes?: readonly number[];
  /** Names of the features of a table: `[features]`. */
  readonly columnNames?: readonly string[];
  /** What could not be read; there when passing over it was asked for. */
  readonly skipped?: readonly Skipped[];
}

/** Names of what a set's labels, factors and features count. */
export interface DatasetNames {
  readonly classNames?: readonly string[];
  readonly factorNames?: readonly string[];
  readonly factorSizes?: readonly number[];
  readonly columnNames?: readonly string[];
}

/** The names of a set without the keys it does not have (an absent key is not an undefined one). */
export function presentNames(names: DatasetNames): DatasetNames {
  const { classNames, factorNames, factorSizes, columnNames } = names;
  return {
    ...(classNames === undefined ? {} : { classNames }),
    ...(factorNames === undefined ? {} : { factorNames }),
    ...(factorSizes === undefined ? {} : { factorSizes }),
    ...(columnNames === undefined ? {} : { columnNames }),
  };
}
