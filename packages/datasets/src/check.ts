import { describeValue } from "@elbo/common";

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
