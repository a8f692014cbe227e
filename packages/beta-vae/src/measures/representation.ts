import { describeValue, type NdArray } from "@elbo/core";

/** Codes of points and the factors that made them: what every measure here is a function of. */
export interface Representation {
  /** `[n, J]`: mean latents, or any other function of the images. */
  readonly codes: NdArray;
  /** `[n, K]`: classes 0, 1, ... of every factor. */
  readonly factors: NdArray;
}

/** A representation by columns, checked. */
export interface Columns {
  readonly count: number;
  /** J columns of n codes. */
  readonly codes: readonly Float64Array[];
  /** K columns of n classes, numbered from 0 in rising order. */
  readonly factors: readonly Int32Array[];
  /** Number of different classes of each factor. */
  readonly classes: readonly number[];
}

/**
 * Takes a representation apart.
 *
 * @throws TypeError or RangeError when the arrays do not fit together, or hold what is not a number or a class
 */
export function columnsOf(fn: string, { codes, factors }: Representation): Columns {
  const [n, J] = matrixShape(fn, "codes", codes);
  const [m, K] = matrixShape(fn, "factors", factors);
  if (n !== m)
    throw new RangeError(`${fn}: codes and factors must be of the same points, got ${n} and ${m}`);
  if (n < 2) throw new RangeError(`${fn}: codes must be of at least 2 points, got ${n}`);
  const ofCodes = column(codes.data, { n, width: J, make: (length) => new Float64Array(length) });
  const ofFactors = column(factors.data, { n, width: K, make: (length) => new Int32Array(length) });
  for (const [j, values] of ofCodes.entries()) {
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0)
      throw new RangeError(
        `${fn}: codes must be finite, got ${values[bad]} in dimension ${j} of point ${bad}`,
      );
  }
  for (let i = 0; i < n * K; i++) {
    const value = factors.data[i];
    if (!(Number.isInteger(value) && value >= 0)) {
      throw new RangeError(
        `${fn}: factors must be classes 0, 1, ..., got ${value} for point ${Math.floor(i / K)}`,
      );
    }
  }
  const renumbered = ofFactors.map(renumber);
  return {
    count: n,
    codes: ofCodes,
    factors: renumbered.map(({ values }) => values),
    classes: renumbered.map(({ classes }) => classes),
  };
}

function matrixShape(fn: string, name: string, { shape }: NdArray): [number, number] {
  if (shape.length !== 2 || shape[1] < 1) {
    throw new RangeError(
      `${fn}: ${name} must have the shape [points, dimensions], got ${describeValue([...shape])}`,
    );
  }
  return [shape[0], shape[1]];
}

function column<T extends Float64Array | Int32Array>(
  data: ArrayLike<number>,
  { n, width, make }: { n: number; width: number; make: (length: number) => T },
): T[] {
  return Array.from({ length: width }, (_, j) => {
    const out = make(n);
    for (let i = 0; i < n; i++) out[i] = data[i * width + j];
    return out;
  });
}

/** Classes that occur, numbered 0, 1, ... in rising order. */
function renumber(values: Int32Array): { values: Int32Array; classes: number } {
  const known = [...new Set(values)].sort((a, b) => a - b);
  const numbers = new Map(known.map((value, i) => [value, i]));
  return { values: values.map((value) => numbers.get(value) ?? 0), classes: known.length };
}

/** The points of every class of a factor. */
export function pointsOfClasses(factor: Int32Array, classes: number): Int32Array[] {
  const lists: number[][] = Array.from({ length: classes }, () => []);
  factor.forEach((value, i) => lists[value].push(i));
  return lists.map((list) => Int32Array.from(list));
}

/** The first part of the points for training a predictor, the rest for testing it; in the order of a permutation. */
export function splitPoints(
  order: Int32Array,
  share = 2 / 3,
): { train: Int32Array; test: Int32Array } {
  const at = Math.floor(order.length * share);
  return { train: order.subarray(0, at), test: order.subarray(at) };
}
