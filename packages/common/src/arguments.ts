import { describeValue } from "./describeValue.ts";

/** The range that a number must lie in; bounds are inclusive unless they end in `Open`. */
export interface NumberRule {
  readonly min?: number;
  readonly max?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
}

const satisfies = (value: number, rule: NumberRule): boolean =>
  (rule.min === undefined || value >= rule.min) &&
  (rule.max === undefined || value <= rule.max) &&
  (rule.above === undefined || value > rule.above) &&
  (rule.below === undefined || value < rule.below);

/** A rule in words, after "a number": ` from 1 to 8`, ` at least 1 and below 2`. */
export const numberRuleText = ({ min, max, above, below }: NumberRule): string => {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const parts: string[] = [];
  if (min !== undefined) parts.push(`at least ${min}`);
  if (above !== undefined) parts.push(`above ${above}`);
  if (max !== undefined) parts.push(`at most ${max}`);
  if (below !== undefined) parts.push(`below ${below}`);
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
};

/** Where an argument was given: `function: argument`. */
export interface ArgumentName {
  readonly fn: string;
  readonly name: string;
}

/**
 * Refuses whatever is not an integer within the rule.
 *
 * @throws TypeError for what is not a number, RangeError for a number outside the rule
 */
export function assertInteger(
  { fn, name }: ArgumentName,
  value: unknown,
  rule: NumberRule = {},
): asserts value is number {
  const text = `${fn}: ${name} must be an integer${numberRuleText(rule)}, got ${describeValue(value)}`;
  if (typeof value !== "number") throw new TypeError(text);
  if (!Number.isSafeInteger(value) || !satisfies(value, rule)) throw new RangeError(text);
}

/**
 * Refuses whatever is not a finite number within the rule.
 *
 * @throws TypeError for what is not a number, RangeError for NaN, infinities and numbers outside the rule
 */
export function assertNumber(
  { fn, name }: ArgumentName,
  value: unknown,
  rule: NumberRule = {},
): asserts value is number {
  const text = `${fn}: ${name} must be a finite number${numberRuleText(rule)}, got ${describeValue(value)}`;
  if (typeof value !== "number") throw new TypeError(text);
  if (!Number.isFinite(value) || !satisfies(value, rule)) throw new RangeError(text);
}

/**
 * Refuses whatever is not one of the listed values.
 *
 * @throws RangeError naming the choices
 */
export function assertOneOf<T extends string>(
  { fn, name }: ArgumentName,
  value: unknown,
  choices: readonly T[],
): asserts value is T {
  if (!choices.includes(value as T)) {
    const list = choices.map((choice) => JSON.stringify(choice)).join(", ");
    throw new RangeError(`${fn}: ${name} must be one of ${list}, got ${describeValue(value)}`);
  }
}

/**
 * Refuses whatever is not a path of a directory.
 *
 * @throws TypeError for what is no string, or an empty one
 */
export function assertPath({ fn, name }: ArgumentName, value: unknown): asserts value is string {
  if (typeof value === "string" && value !== "") return;
  throw new TypeError(`${fn}: ${name} must be a path, as a string, got ${describeValue(value)}`);
}

/**
 * Refuses option objects with keys that no option has, so that a typo does not pass for a default; a key that holds `undefined`
 * is not given.
 *
 * @throws TypeError naming the key and the options there are
 */
export function assertKnownOptions(fn: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${fn}: options must be an object, got ${describeValue(options)}`);
  }
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || known.includes(key)) continue;
    const rule = known.length === 0 ? "be left out" : `be among ${known.join(", ")}`;
    throw new TypeError(`${fn}: options must ${rule}, got ${JSON.stringify(key)}`);
  }
}

/**
 * Refuses shapes that are not the expected one; `null` in the expectation allows any size.
 *
 * @throws RangeError with both shapes
 */
export function assertShape(
  { fn, name }: ArgumentName,
  actual: readonly number[],
  expected: readonly (number | null)[],
): void {
  const fits =
    actual.length === expected.length &&
    expected.every((size, i) => size === null || size === actual[i]);
  if (!fits) {
    const wanted = expected.map((size) => (size === null ? "n" : String(size))).join(", ");
    throw new RangeError(
      `${fn}: ${name} must have the shape [${wanted}], got [${actual.join(", ")}]`,
    );
  }
}
