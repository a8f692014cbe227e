import { readFileSync } from "node:fs";
import { describeValue, readOptions, reasonOf } from "@elbo/common";
import { omit } from "../omit.ts";
import { presets } from "../presets/index.ts";
import { Refusal, refusing } from "../refusal.ts";
import { isSpace, spacesIn } from "../search/space.ts";
import { configurationTable, searchableKeys } from "./configuration.ts";
import { given } from "./rules.ts";
import type { Options } from "@elbo/common";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { Configuration } from "./configuration.ts";

/**
 * A configuration with what is said over it: values give way to values, and a value or a space to what stood there.
 *
 * @param base what is said over; undefined: everything is said
 * @param said keys and values of a file or a preset
 * @param place of them, for messages
 * @throws Refusal naming the key, the rule and the value
 */
export function over(
  base: Configuration | undefined,
  said: JsonObject,
  place: string,
): Configuration {
  const isSearched = (key: string): boolean =>
    isSpace(said[key]) && searchableKeys.some((searchable) => searchable === key);
  const searched = Object.keys(said).filter(isSearched);
  const spaces = searched.map((key) => spacesIn(said[key], key));
  const table = base === undefined ? configurationTable() : tableOver(base);
  const values = refusing(() => readOptions(`bench run: ${place}`, table, omit(said, ...searched)));
  const kept = base === undefined ? {} : omit(base.spaces, ...Object.keys(said));
  return {
    ...given<typeof table>(values),
    spaces: Object.assign({}, kept, ...spaces) as Configuration["spaces"],
  } as Configuration;
}

/** The table with the values of a configuration as defaults; its rows can be called by their names. */
export function tableOver(base: Configuration): ReturnType<typeof configurationTable> {
  const table: Options = configurationTable(base.models);
  const values = base as unknown as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    Object.entries(table).map(([key, option]) => [key, { ...option, default: values[key] }]),
  ) as unknown as ReturnType<typeof configurationTable>;
}

/** The configuration of a preset, over that of `default`. */
export function presetConfiguration(name: string): Configuration {
  const whole = over(undefined, presets["default"].configuration, "the preset default");
  return name === "default"
    ? whole
    : over(whole, presets[name].configuration, `the preset ${name}`);
}

/**
 * Reads a configuration file: a JSON object whose keys are those of a configuration.
 *
 * @param path where it is
 * @param base the configuration that it goes over; its rows can be called by their names
 * @throws Refusal when it cannot be read, is not a JSON object, or holds an unknown key or a wrong value
 */
export function readConfigurationFile(path: string, base: Configuration): Configuration {
  const parsed = parseJson(path);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Refusal(
      `bench run: --config must name a file with a JSON object, got ${describeValue(parsed)} in ${path}`,
    );
  }
  return over(base, parsed as JsonObject, path);
}

function parseJson(path: string): JsonValue {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new Refusal(
      `bench run: --config must name a readable file, got ${describeValue(path)} (${reasonOf(error)})`,
      { cause: error },
    );
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new Refusal(
      `bench run: --config must name a file with valid JSON, got ${describeValue(path)} (${reasonOf(error)})`,
      { cause: error },
    );
  }
}
