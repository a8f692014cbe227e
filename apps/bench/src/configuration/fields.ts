import { describeValue } from "@elbo/common";
import { isPath, ownPath } from "../data/ownData.ts";
import { Refusal } from "../refusal.ts";
import type { JsonObject } from "@elbo/core";

/** One entry of a configuration: how the command line writes it, and what it may be. */
export interface Field<T> {
  /** What holds, as it follows "must be" in a refusal. */
  readonly rule: string;
  /** The value that a command-line text stands for, not yet checked. */
  readonly fromText: (text: string) => unknown;
  /** The value that a file's value stands for, not yet checked; default the value itself. */
  readonly fromFile?: (value: unknown) => unknown;
  readonly accepts: (value: unknown) => value is T;
}

const numberFromText = (text: string): unknown => (text.trim() === "" ? text : Number(text));

const listFromText = (text: string): string[] => text.split(",").map((entry) => entry.trim());

/** A whole number of at least `least`. */
export function wholeNumber(least: number): Field<number> {
  return {
    rule: `a whole number of at least ${least}`,
    fromText: numberFromText,
    accepts: (value): value is number => Number.isSafeInteger(value) && (value as number) >= least,
  };
}

/** A finite number above zero. */
export function positiveNumber(): Field<number> {
  return {
    rule: "a number above 0",
    fromText: numberFromText,
    accepts: (value): value is number => Number.isFinite(value) && (value as number) > 0,
  };
}

/** One of the given words. */
export function oneOf<T extends string>(words: readonly T[]): Field<T> {
  return {
    rule: `one of ${words.join(", ")}`,
    fromText: (text) => text,
    accepts: (value): value is T => words.includes(value as T),
  };
}

/** A data set by name, or one's own by its path, which becomes absolute. */
export function datasetField(names: readonly string[]): Field<string> {
  return {
    rule: `one of ${names.join(", ")}, or the path of one's own`,
    fromText: (text) => text,
    fromFile: (value) => (typeof value === "string" && isPath(value) ? ownPath(value) : value),
    accepts: (value): value is string =>
      typeof value === "string" && (names.includes(value) || isPath(value)),
  };
}

/** Options of something that checks them itself. */
export function jsonField(): Field<JsonObject> {
  return {
    rule: "an object of options",
    fromText: (text) => text,
    accepts: (value): value is JsonObject =>
      typeof value === "object" && value !== null && !Array.isArray(value),
  };
}

/** A field that may also be the given word, for "no limit" or "decide yourself". */
export function orWord<T, W extends string>(field: Field<T>, word: W): Field<T | W> {
  return {
    rule: `${field.rule}, or "${word}"`,
    fromText: (text) => (text === word ? text : field.fromText(text)),
    accepts: (value): value is T | W => value === word || field.accepts(value),
  };
}

/** One or more whole numbers from 0 to 2^32 - 1, all different. */
export function seedList(): Field<readonly number[]> {
  return {
    rule: "one or more different whole numbers from 0 to 4294967295",
    fromText: (text) => listFromText(text).map(numberFromText),
    accepts: (value): value is readonly number[] =>
      isDistinctList(value) &&
      value.every(
        (seed) => Number.isInteger(seed) && (seed as number) >= 0 && (seed as number) < 2 ** 32,
      ),
  };
}

/** One or more of the given words, without repetition. */
export function wordList(words: readonly string[]): Field<readonly string[]> {
  return {
    rule: `one or more, without repetition, of ${words.join(", ")}`,
    fromText: listFromText,
    accepts: (value): value is readonly string[] =>
      isDistinctList(value) && value.every((word) => words.includes(word as string)),
  };
}

/** One to four whole numbers of at least 1. */
export function widthList(): Field<readonly number[]> {
  return {
    rule: "one to four whole numbers of at least 1",
    fromText: (text) => listFromText(text).map(numberFromText),
    accepts: (value): value is readonly number[] =>
      Array.isArray(value) &&
      value.length >= 1 &&
      value.length <= 4 &&
      value.every((width) => Number.isSafeInteger(width) && (width as number) >= 1),
  };
}

/**
 * The value itself if its field accepts it.
 *
 * @param name what to call the value: `--epochs`, or `epochs in bench.json`
 * @throws Refusal naming the argument, the rule and the value
 */
export function checkField<T>(field: Field<T>, name: string, value: unknown): T {
  const read = field.fromFile === undefined ? value : field.fromFile(value);
  if (field.accepts(read)) return read;
  throw new Refusal(`bench run: ${name} must be ${field.rule}, got ${describeValue(value)}`);
}

function isDistinctList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0 && new Set(value).size === value.length;
}
