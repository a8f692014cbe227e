/** `model.json`: the description of a saved model, its versions, and what it must look like. */
import { describeValue, readOptions, rules } from "@elbo/common";
import type { Options } from "@elbo/common";
import { assertShallow } from "../json.ts";
import type { JsonObject, JsonValue } from "../json.ts";

/** The version that this package writes. */
export const currentVersion = 2;

/** The oldest version that is read: version 1 was never released. */
const oldestVersion = 2;

/** How a description of one version becomes one of the next; every version that was released stays loadable. */
const migrations: Readonly<Record<number, (description: JsonObject) => JsonObject>> = {
  // 2: (description) => ({ ...description, version: 3, ... }),
};

/** A hundred times what a description of a usual network has; a network of 500 layers has less. */
export const maximalDescription = 2 ** 20;

/** Put before the names of the weights of a prior that was saved with a model; no network has such a name. */
export const priorPrefix = "prior.codes/";

/** A prior over codes that was saved with the model. */
export interface PriorFile {
  readonly kind: string;
  readonly options: JsonObject;
  readonly step: number;
  readonly dataSize: number | null;
  readonly batchSize: number | null;
}

/** What `model.json` holds besides its format and version. */
export interface ModelFile {
  /** The version of this package that wrote it. */
  readonly elbo: string;
  readonly kind: string;
  /** What the variant's factory makes the model from, besides the networks. */
  readonly options: JsonObject;
  /** Topologies by name. */
  readonly networks: Readonly<Record<string, JsonObject>>;
  /** Updates made. */
  readonly step: number;
  /** Number of examples of the set trained on last. */
  readonly dataSize: number | null;
  /** Examples per update of the training before. */
  readonly batchSize: number | null;
  readonly prior: PriorFile | null;
  /** The file of weights, and its SHA-256 in hexadecimal digits. */
  readonly weights: { readonly file: string; readonly sha256: string };
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names of networks are parts of the names of weights. */
const isNetworkName = (name: string): boolean => /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name);
const areNetworks = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).every(isNetworkName) &&
  Object.values(value).every(isObject);

const count = rules.integer({ min: 0 });
const countOrNull = rules.either(
  count,
  rules.such<null>("null", (value) => value === null),
);

const trained = {
  kind: { rule: rules.text() },
  options: { rule: rules.such<JsonObject>("an object", isObject) },
  step: { rule: count },
  dataSize: { rule: countOrNull },
  batchSize: { rule: countOrNull },
} satisfies Options;

const descriptionTable = {
  elbo: { rule: rules.such<string>("a text", (value) => typeof value === "string") },
  ...trained,
  networks: {
    rule: rules.such<ModelFile["networks"]>("an object of networks by name", areNetworks),
  },
  prior: {
    rule: rules.either(
      rules.options(trained),
      rules.such<null>("null", (value) => value === null),
    ),
    default: null,
  },
  weights: {
    rule: rules.such<ModelFile["weights"]>(
      'an object of file "weights.safetensors" and sha256',
      (value) =>
        isObject(value) &&
        Object.keys(value).length === 2 &&
        value["file"] === "weights.safetensors" &&
        typeof value["sha256"] === "string" &&
        /^[0-9a-f]{64}$/.test(value["sha256"]),
    ),
  },
} satisfies Options;

/** The text of a description, with its format and version. */
export const modelFileText = (description: ModelFile): string =>
  `${JSON.stringify({ format: "elbo-model", version: currentVersion, ...description }, null, 1)}\n`;

/**
 * Reads a description, migrating older versions.
 *
 * @param source name of the file for messages
 * @throws Error in one sentence for whatever is not a description of a known version
 */
export function parseModelFile(bytes: Uint8Array, source: string): ModelFile {
  if (bytes.length > maximalDescription) {
    throw new Error(
      `loadModel: ${source}, which describes networks and options, must have at most ${maximalDescription} bytes, got more`,
    );
  }
  let description = versioned(parseJson(bytes, source), source);
  for (let from = description.version; from < currentVersion; from++) {
    description = migrations[from](description) as typeof description;
  }
  try {
    return readOptions(`loadModel: ${source}`, descriptionTable, withoutHead(description));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new Error(error.message.slice(0, 400), { cause: error });
  }
}

/** What a description says besides its format and version. */
const withoutHead = (description: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(description).filter(([key]) => key !== "format" && key !== "version"),
  );

function parseJson(bytes: Uint8Array, source: string): JsonValue {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Error(`loadModel: ${source} must be UTF-8 JSON, got other bytes`);
  }
  assertShallow(`loadModel: ${source}`, value);
  return value as JsonValue;
}

/** @throws Error for another format or a version that is not read */
function versioned(value: JsonValue, source: string): JsonObject & { readonly version: number } {
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== "elbo-model") {
    throw new Error(
      `loadModel: ${source} must have the format "elbo-model", got ${describeValue(format)}`,
    );
  }
  const isKnown =
    typeof version === "number" &&
    Number.isInteger(version) &&
    version >= oldestVersion &&
    version <= currentVersion;
  if (isKnown) return value as JsonObject & { readonly version: number };
  const range =
    oldestVersion < currentVersion
      ? `from ${oldestVersion} to ${currentVersion}`
      : String(currentVersion);
  const why =
    version === 1
      ? "; version 1 was written before the first release: train and save the model again"
      : "";
  throw new Error(
    `loadModel: ${source} must have the version ${range}, which this elbo reads, got ${describeValue(version)}${why}`,
  );
}
