/** @file Weights of quantizers' losses and of the rate: as an option, checked, and as they stand in files. */
import {
  describeValue,
  resolveSchedule,
  rules,
  scheduleFromJson,
  type JsonObject,
  type Quantizer,
  type Schedule,
} from "@elbo/core";

/** Weights by term, numbers or schedules, at least 0. */
export type TermWeights = Readonly<Record<string, number | Schedule>>;

/** {@link TermWeights} as an option; a table says which quantizers' they are. */
export const weightsOption = {
  rule: rules.such<TermWeights>(
    "an object of weights by term",
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  ),
  default: {},
} as const;

/**
 * The weights of a quantizer's losses, and of the rate where it was given one.
 *
 * @throws RangeError for a term that there is none of
 */
export function weightsOf(
  fn: string,
  { weights: own = {} }: Quantizer,
  given: TermWeights,
): Record<string, number | Schedule> {
  const known = ["rate", ...Object.keys(own)];
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(
      `${fn}: weights must be of ${known.join(", ")}, got ${describeValue(unknown)}`,
    );
  }
  return { ...own, ...given };
}

/** Weights as JSON. */
export const weightsJson = (weights: TermWeights): JsonObject =>
  Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => [name, resolveSchedule(weight).toJSON()]),
  );

/** Options of a file, their weights made numbers and schedules again. */
export function fromJson(options: JsonObject): JsonObject {
  const { weights = {}, ...others } = options;
  const read = Object.entries(weights as JsonObject).map(([name, weight]) => [
    name,
    scheduleFromJson(weight) as unknown,
  ]);
  return { ...others, weights: Object.fromEntries(read) as JsonObject };
}
