import { describeValue } from "@elbo/common";
import type { DatasetNames, Split } from "./dataset.ts";

/** What a check needs to name the culprit: the function that was called and its argument. */
export interface Argument {
  readonly caller: string;
  readonly name: string;
}

/** An inclusive interval. */
export interface Interval {
  readonly least: number;
  readonly most?: number;
}

/**
 * Refuses anything but an integer inside an interval.
 *
 * @throws RangeError naming the argument, the interval and the value
 */
export function checkInteger(
  value: unknown,
  { least, most = Number.MAX_SAFE_INTEGER }: Interval,
  { caller, name }: Argument,
): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most)
    return;
  const range =
    most === Number.MAX_SAFE_INTEGER
      ? `of at least ${String(least)}`
      : `from ${String(least)} to ${String(most)}`;
  throw new RangeError(
    `${caller}: ${name} must be an integer ${range}, got ${describeValue(value)}`,
  );
}

/**
 * Refuses options that are not an object or hold a key that nobody reads (a typing error would pass unnoticed).
 *
 * @throws TypeError naming the key and the keys that exist
 */
export function checkOptions(options: unknown, known: readonly string[], caller: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${caller}: options must be an object, got ${describeValue(options)}`);
  }
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || known.includes(key)) continue;
    const rule = known.length === 0 ? "be left out" : `be among ${known.join(", ")}`;
    throw new TypeError(`${caller}: options must ${rule}, got ${describeValue(key)}`);
  }
}

/**
 * Refuses a split whose arrays do not fit its shape.
 *
 * @param split what the caller passed
 * @param names names whose counts bound the labels and factors
 * @param argument the call and argument to name
 * @throws TypeError for wrong kinds, RangeError for wrong sizes and values
 */
export function checkSplit(split: Split, names: DatasetNames, argument: Argument): void {
  const { caller, name } = argument;
  if (typeof split !== "object" || (split as unknown) === null) {
    throw new TypeError(
      `${caller}: ${name} must be an object { data, shape }, got ${describeValue(split)}`,
    );
  }
  const { data, shape, labels, factors } = split;
  if (!(data instanceof Uint8Array) && !(data instanceof Float32Array)) {
    throw new TypeError(
      `${caller}: ${name}.data must be a Uint8Array or Float32Array, got ${describeValue(data)}`,
    );
  }
  const count = checkShape(shape, data.length, argument);
  if (data instanceof Float32Array) checkFinite(data, argument);
  if (labels !== undefined) checkLabels(labels, count, { ...names, ...argument });
  if (factors !== undefined) checkFactors(factors, count, { ...names, ...argument });
}

function checkShape(shape: readonly number[], length: number, { caller, name }: Argument): number {
  if (!Array.isArray(shape) || shape.length < 2) {
    throw new RangeError(
      `${caller}: ${name}.shape must be [count, height, width, channels] or [count, features], got ${describeValue(shape)}`,
    );
  }
  shape.forEach((size: unknown, axis) => {
    checkInteger(size, { least: 1 }, { caller, name: `${name}.shape[${String(axis)}]` });
  });
  const sizes = shape as readonly number[];
  const product = sizes.reduce((total, size) => total * size, 1);
  if (product !== length) {
    throw new RangeError(
      `${caller}: ${name}.data must hold ${String(product)} values for shape ${describeValue(shape)}, got ${String(length)}`,
    );
  }
  return shape[0] as number;
}

function checkFinite(data: Float32Array, { caller, name }: Argument): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new RangeError(
      `${caller}: ${name}.data must be finite, got ${String(data[i])} at ${String(i)}`,
    );
  }
}

function checkLabels(
  labels: unknown,
  count: number,
  { caller, name, classNames }: Argument & DatasetNames,
): void {
  if (!(labels instanceof Uint8Array) && !(labels instanceof Int32Array)) {
    throw new TypeError(
      `${caller}: ${name}.labels must be a Uint8Array or Int32Array, got ${describeValue(labels)}`,
    );
  }
  if (labels.length !== count) {
    throw new RangeError(
      `${caller}: ${name}.labels must hold one label per example (${String(count)}), got ${String(labels.length)}`,
    );
  }
  const limit = classNames?.length ?? Number.POSITIVE_INFINITY;
  const wrong = labels.findIndex((label) => label < 0 || label >= limit);
  if (wrong >= 0) {
    const rule = classNames
      ? `index the ${String(limit)} class names`
      : "count classes from 0 upwards";
    throw new RangeError(
      `${caller}: ${name}.labels must ${rule}, got ${String(labels[wrong])} at ${String(wrong)}`,
    );
  }
}

function checkFactors(
  factors: unknown,
  count: number,
  { caller, name, factorNames, factorSizes }: Argument & DatasetNames,
): void {
  if (!(factors instanceof Int32Array)) {
    throw new TypeError(
      `${caller}: ${name}.factors must be an Int32Array, got ${describeValue(factors)}`,
    );
  }
  if (factorNames === undefined) {
    throw new RangeError(
      `${caller}: factorNames must name the columns of ${name}.factors, got undefined`,
    );
  }
  const columns = factorNames.length;
  if (factors.length !== count * columns) {
    throw new RangeError(
      `${caller}: ${name}.factors must hold ${String(columns)} values per example (${String(count * columns)}), got ${String(factors.length)}`,
    );
  }
  const wrong = factors.findIndex(
    (value, at) => value < 0 || value >= (factorSizes?.[at % columns] ?? Number.POSITIVE_INFINITY),
  );
  if (wrong >= 0) {
    throw new RangeError(
      `${caller}: ${name}.factors must lie on the grid of ${describeValue(factorNames[wrong % columns])}, got ${String(factors[wrong])}`,
    );
  }
}
