/** The middle of some numbers and how far they spread. */
export interface Spread {
  readonly median: number;
  /** First and third quartile. */
  readonly quartiles: readonly [number, number];
  readonly least: number;
  readonly count: number;
}

/**
 * A quantile with linear interpolation between the neighbours.
 *
 * @param values at least one number
 * @param fraction from 0 (the least) to 1 (the greatest)
 * @throws RangeError when there are no values or the fraction lies outside
 */
export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError("quantile: values must not be empty, got none");
  if (!(fraction >= 0 && fraction <= 1)) {
    throw new RangeError(`quantile: fraction must be from 0 to 1, got ${fraction}`);
  }
  const sorted = [...values].sort((a, b) => a - b);
  const place = fraction * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** The median of at least one number. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Median, quartiles, least and count of at least one number. */
export function spreadOf(values: readonly number[]): Spread {
  return {
    median: median(values),
    quartiles: [quantile(values, 0.25), quantile(values, 0.75)],
    least: Math.min(...values),
    count: values.length,
  };
}

/** How far two results are apart. */
export interface Difference {
  /** The largest `|a - b| / |b|` of losses. */
  readonly loss: number;
  /** The largest `|a - b|` of values. */
  readonly values: number;
}

/** What a contestant computes from the common start: the losses of the first steps, and values decoded after them. */
export interface Checked {
  readonly losses: readonly number[];
  readonly values: readonly number[];
}

/**
 * How far one contestant's results are from another's; infinite where a number is not finite or missing.
 *
 * @param a what is judged
 * @param b what it is judged by
 */
export function differenceOf(a: Checked, b: Checked): Difference {
  return {
    loss: largest(a.losses, b.losses, (x, y) => Math.abs(x - y) / Math.max(Math.abs(y), 1e-12)),
    values: largest(a.values, b.values, (x, y) => Math.abs(x - y)),
  };
}

function largest(
  a: readonly number[],
  b: readonly number[],
  apart: (x: number, y: number) => number,
): number {
  if (a.length !== b.length) return Infinity;
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = apart(a[i], b[i]);
    most = Number.isFinite(distance) ? Math.max(most, distance) : Infinity;
  }
  return most;
}
