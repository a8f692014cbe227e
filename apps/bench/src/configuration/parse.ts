import { readFileSync } from "node:fs";
import { describeValue, reasonOf } from "@elbo/common";
import { Refusal } from "../refusal.ts";
import {
  checkCombinations,
  configurationFields,
  defaultConfiguration,
  quickChanges,
  searchableKeys,
} from "./configuration.ts";
import { checkField } from "./fields.ts";
import { isSpace, spacesIn } from "../search/space.ts";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { Space } from "../search/space.ts";
import type { Configuration, Fields, KnownNames } from "./configuration.ts";

/** The options of `bench run` as the command line gives them: texts, not yet checked. */
export interface RunArguments {
  readonly dataset?: string;
  readonly models?: string;
  readonly epochs?: string;
  readonly seeds?: string;
  readonly config?: string;
  readonly out?: string;
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
}

const optionKeys = ["dataset", "models", "epochs", "seeds"] as const;

/**
 * Turns the arguments of `bench run` into a checked request. The defaults give way to `--quick`, that to the file, and the file to
 * the options.
 *
 * @param args the options as texts
 * @param known the names of data sets and models
 * @throws Refusal naming the argument, the rule and the value
 */
export function parseRunArguments(args: RunArguments, known: KnownNames): RunRequest {
  const fields = configurationFields(known);
  const configuration: Configuration = {
    ...defaultConfiguration(known),
    ...(args.quick === true ? quickChanges : {}),
    ...(args.config === undefined ? {} : readConfigurationFile(args.config, fields)),
    ...readOptions(args, fields),
  };
  checkCombinations(configuration);
  const out = args.out ?? (args.quick === true ? "runs/bench-quick" : "runs/bench");
  if (out.trim() === "") throw new Refusal("bench run: --out must be a folder, got nothing");
  return { configuration, out, isFresh: args.fresh === true };
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
 * @param fields what its values may be
 * @throws Refusal when it cannot be read, is not a JSON object, or holds an unknown key or a wrong value
 */
export function readConfigurationFile(path: string, fields: Fields): Partial<Configuration> {
  const parsed = parseJson(path);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Refusal(
      `bench run: --config must name a file with a JSON object, got ${describeValue(parsed)} in ${path}`,
    );
  }
  const read: Record<string, unknown> = {};
  const spaces: Record<string, Space> = {};
  for (const [key, value] of Object.entries(parsed as JsonObject)) {
    if (!Object.hasOwn(fields, key)) {
      throw new Refusal(
        `bench run: keys in ${path} must be among ${Object.keys(fields).join(", ")}, got ${describeValue(key)}`,
      );
    }
    if (isSpace(value) && searchableKeys.some((searchable) => searchable === key)) {
      Object.assign(spaces, spacesIn(value as unknown as JsonValue, key));
      continue;
    }
    const field = fields[key as keyof Fields] as Fields["epochs"];
    read[key] = checkField(field, `${key} in ${path}`, value);
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
