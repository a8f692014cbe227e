import { describeValue, rules } from "@elbo/common";
import { Refusal, refusing } from "../refusal.ts";
import type { JsonObject, JsonValue } from "@elbo/core";

/** Values of one option: those listed, or those of a range. It stands in a configuration where the value would stand. */
export type Space =
  | { readonly choices: readonly JsonValue[] }
  | {
      readonly from: number;
      readonly to: number;
      /** `"log"`: equal ratios are equally far apart. Default `"linear"`. */
      readonly scale?: "linear" | "log";
      /** Whether values are rounded to whole numbers; default false. */
      readonly integer?: boolean;
      /** How many values a grid takes of the range, its ends among them. */
      readonly steps?: number;
    };

/** Spaces by the path of the option: `options.beta`, `learningRate`. */
export type Spaces = Readonly<Record<string, Space>>;

/** One value for each space, by path. */
export type Point = Readonly<Record<string, JsonValue>>;

const choicesTable = {
  choices: {
    rule: rules.such<readonly JsonValue[]>(
      "a list of at least one value",
      (value) => Array.isArray(value) && value.length > 0,
    ),
  },
};

const rangeTable = {
  from: { rule: rules.number() },
  to: { rule: rules.number() },
  scale: { rule: rules.oneOf(["linear", "log"]), default: "linear" },
  integer: { rule: rules.boolean(), default: false },
  steps: { rule: rules.integer({ min: 2 }), default: undefined },
};

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value of a configuration is a space: an object with `choices` alone, or with `from`, `to` and nothing but the keys of a range. */
export function isSpace(value: unknown): value is Space {
  if (!isObject(value)) return false;
  const keys = Object.keys(value);
  if (keys.includes("choices")) return keys.length === 1;
  return keys.includes("from") && keys.includes("to") && keys.every((key) => key in rangeTable);
}

/**
 * The spaces that a value holds at any depth, by path.
 *
 * @param name of the value for messages
 * @throws Refusal for a space without values
 */
export function spacesIn(value: JsonValue | undefined, name: string): Spaces {
  if (isSpace(value)) return { [name]: checked(name, value) };
  if (!isObject(value)) return {};
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, inner]) => spacesIn(inner, `${name}.${key}`)),
  ) as Spaces;
}

/** The value with a point's values in the places of its spaces. */
export function withPoint<T extends JsonValue>(value: T, name: string, point: Point): JsonValue {
  if (Object.hasOwn(point, name)) return point[name];
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, withPoint(inner, `${name}.${key}`, point)]),
  );
}

function checked(name: string, space: Space): Space {
  const at = { fn: "bench", name };
  if ("choices" in space) {
    refusing(() => rules.options(choicesTable).read(at, space));
    return space;
  }
  const { from, to, scale } = refusing(() => rules.options(rangeTable).read(at, space));
  const refuse = (rule: string, actual: unknown): never => {
    throw new Refusal(`bench: ${name} must ${rule}, got ${describeValue(actual)}`);
  };
  if (from >= to) refuse("have numbers from below to", [from, to]);
  if (scale === "log" && from <= 0) refuse('have from above 0 on the scale "log"', from);
  return space;
}

/** The value of a space at a fraction of its length, in [0, 1). */
export function valueAt(space: Space, fraction: number): JsonValue {
  if ("choices" in space) return space.choices[Math.floor(fraction * space.choices.length)];
  const { from, to, scale = "linear", integer = false } = space;
  // Whole numbers are equally likely when half a step lies beyond each end.
  const [low, high] = integer ? [from - 0.5, to + 0.5] : [from, to];
  if (!integer) return interpolated(from, to, { fraction, scale });
  const value =
    scale === "log" ? interpolated(from, to, { fraction, scale }) : low + fraction * (high - low);
  return Math.min(to, Math.max(from, Math.round(value)));
}

/**
 * All values that a grid takes of a space.
 *
 * @throws Refusal for a range without `steps`
 */
export function gridOf(name: string, space: Space): JsonValue[] {
  if ("choices" in space) return [...space.choices];
  const { from, to, scale = "linear", integer = false, steps } = space;
  if (steps === undefined)
    throw new Refusal(`bench: ${name} must have steps (how many values) in a grid, got none`);
  const values = Array.from({ length: steps }, (_, i) => {
    const value =
      i === steps - 1 ? to : interpolated(from, to, { fraction: i / (steps - 1), scale });
    return integer ? Math.round(value) : value;
  });
  return [...new Set(values)];
}

function interpolated(
  from: number,
  to: number,
  { fraction, scale }: { readonly fraction: number; readonly scale: "linear" | "log" },
): number {
  // Seven digits are enough for a setting and keep names and digests readable.
  const value = scale === "log" ? from * (to / from) ** fraction : from + fraction * (to - from);
  return Number(value.toPrecision(7));
}
