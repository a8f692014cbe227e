import { readFileSync } from "node:fs";
import { describeValue, reasonOf } from "@elbo/common";
import { ownPath } from "../data/ownData.ts";
import { presets } from "../presets/index.ts";
import { Refusal } from "../refusal.ts";
import { checkCombinations, configurationFields, searchableKeys } from "./configuration.ts";
import { checkField, wholeNumber } from "./fields.ts";
import { isSpace, spacesIn } from "../search/space.ts";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { ModelEntry } from "../models/entry.ts";
import type { Space } from "../search/space.ts";
import type { Configuration, Fields } from "./configuration.ts";

/** The options of `bench run` as the command line gives them: texts, not yet checked. */
export interface RunArguments {
  readonly preset?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly models?: string;
  readonly epochs?: string;
  readonly seeds?: string;
  readonly measures?: string;
  readonly config?: string;
  readonly out?: string;
  readonly workers?: string;
  readonly queue?: string;
  readonly quick?: boolean;
  readonly fresh?: boolean;
}

/** What `bench run` was asked to do. */
export interface RunRequest {
  readonly configuration: Configuration;
  /** The folder that holds the results. */
  readonly out: string;
  /** Whether earlier results in that folder are discarded. */
  readonly isFresh: boolean;
  /** Processes that work; more than one share the trials over a queue. */
  readonly workers: number;
  /** Address of that queue; one of this process unless given. */
  readonly queue?: string;
  /** The command line that says the same. */
  readonly command: string;
}

const optionKeys = ["dataset", "models", "epochs", "seeds", "measures"] as const;

/**
 * Turns the arguments of `bench run` into a checked request. The default gives way to the preset, that to the file, and the file to
 * the options.
 *
 * @param args the options as texts
 * @throws Refusal naming the argument, the rule and the value
 */
export function parseRunArguments(args: RunArguments): RunRequest {
  const name = presetName(args);
  const base = presetConfiguration(name);
  const configuration: Configuration = {
    ...base,
    ...(args.config === undefined ? {} : readConfigurationFile(args.config, base)),
    ...readOptions(args, fieldsOver(base)),
    ...(args.data === undefined ? {} : { dataset: ownPath(args.data) }),
  };
  if (args.data !== undefined && args.dataset !== undefined)
    throw new Refusal(
      `bench run: --data must stand in the place of --dataset, got both ${args.data} and ${args.dataset}`,
    );
  checkCombinations(configuration);
  const out = args.out ?? (name === "default" ? "runs/bench" : `runs/bench-${name}`);
  if (out.trim() === "") throw new Refusal("bench run: --out must be a folder, got nothing");
  const { queue } = args;
  const workers = workersOf(args);
  if ((workers !== 1 || queue !== undefined) && configuration.halving !== undefined)
    throw new Refusal(
      "bench run: halving must run in one process (it compares trials as it goes), got --workers or --queue too",
    );
  return {
    configuration,
    out,
    isFresh: args.fresh === true,
    workers,
    ...(queue === undefined ? {} : { queue }),
    command: commandOf(args),
  };
}

/** One process, or none of its own where a queue is given; or as many as are asked for. */
function workersOf({ workers, queue }: RunArguments): number {
  if (workers === undefined) return queue === undefined ? 1 : 0;
  const field = wholeNumber(queue === undefined ? 1 : 0);
  const count = field.fromText(workers);
  if (field.accepts(count)) return count;
  throw new Refusal(`bench run: --workers must be ${field.rule}, got ${describeValue(workers)}`);
}

/** The command line of these arguments, but for where results go. */
function commandOf(args: RunArguments): string {
  const options = Object.entries(args).flatMap(([name, value]) => {
    if (
      ["out", "workers", "queue", "fresh", "dryRun", "record", "folder"].includes(name) ||
      value === undefined
    )
      return [];
    return value === true ? [`--${name}`] : [`--${name} ${JSON.stringify(value)}`];
  });
  return ["pnpm bench run", ...options].join(" ").replaceAll(/"([\w.,/-]+)"/gu, "$1");
}

function presetName({ preset, quick }: RunArguments): string {
  if (preset !== undefined && quick === true)
    throw new Refusal(
      `bench run: --quick must stand alone, it is --preset quick, got --preset ${preset} too`,
    );
  const name = preset ?? (quick === true ? "quick" : "default");
  if (Object.hasOwn(presets, name)) return name;
  throw new Refusal(
    `bench run: --preset must be one of ${Object.keys(presets).join(", ")}, got ${describeValue(name)}`,
  );
}

/** The configuration of a preset, over that of `default`. */
export function presetConfiguration(name: string): Configuration {
  const whole = read(presets["default"].configuration, {
    fields: configurationFields(),
    place: "the preset default",
  }) as Configuration;
  if (name === "default") return whole;
  const own = read(presets[name].configuration, {
    fields: fieldsOver(whole),
    place: `the preset ${name}`,
  });
  return { ...whole, ...own };
}

/** Rows of the configuration underneath, and those of the default, can be called by their names. */
function fieldsOver({ models }: { readonly models: readonly ModelEntry[] }): Fields {
  return configurationFields(models);
}

function readOptions(args: RunArguments, fields: Fields): Partial<Configuration> {
  const read: Record<string, unknown> = {};
  for (const key of optionKeys) {
    const text = args[key];
    if (text !== undefined) read[key] = checkText(fields, key, text);
  }
  return read;
}

function checkText(fields: Fields, key: (typeof optionKeys)[number], text: string): unknown {
  const field = fields[key];
  const value = field.fromText(text);
  if (field.accepts(value)) return value;
  throw new Refusal(`bench run: --${key} must be ${field.rule}, got ${describeValue(text)}`);
}

/**
 * Reads a configuration file: a JSON object whose keys are those of a configuration.
 *
 * @param path where it is
 * @param base the configuration that it goes over; its rows can be called by their names
 * @throws Refusal when it cannot be read, is not a JSON object, or holds an unknown key or a wrong value
 */
export function readConfigurationFile(path: string, base: Configuration): Partial<Configuration> {
  const parsed = parseJson(path);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Refusal(
      `bench run: --config must name a file with a JSON object, got ${describeValue(parsed)} in ${path}`,
    );
  }
  return read(parsed as JsonObject, { fields: fieldsOver(base), place: path });
}

function read(
  given: JsonObject,
  { fields, place }: { readonly fields: Fields; readonly place: string },
): Partial<Configuration> {
  const read: Record<string, unknown> = {};
  const spaces: Record<string, Space> = {};
  for (const [key, value] of Object.entries(given)) {
    if (!Object.hasOwn(fields, key)) {
      throw new Refusal(
        `bench run: keys in ${place} must be among ${Object.keys(fields).join(", ")}, got ${describeValue(key)}`,
      );
    }
    if (isSpace(value) && searchableKeys.some((searchable) => searchable === key)) {
      Object.assign(spaces, spacesIn(value as unknown as JsonValue, key));
      continue;
    }
    const field = fields[key as keyof Fields] as Fields["epochs"];
    read[key] = checkField(field, `${key} in ${place}`, value);
  }
  return { ...read, spaces };
}

function parseJson(path: string): unknown {
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
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(
      `bench run: --config must name a file with valid JSON, got ${describeValue(path)} (${reasonOf(error)})`,
      { cause: error },
    );
  }
}
