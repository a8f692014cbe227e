/** `model.json`: the description of a saved model, its versions, and what it must look like. */
import * as v from "valibot";
import { describeValue } from "../arguments.ts";
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

const jsonObject = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "must be an object",
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Names of networks are parts of the names of weights. */
const networkName = v.pipe(v.string(), v.regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/));

const descriptionSchema = v.strictObject({
  format: v.literal("elbo-model"),
  version: v.literal(currentVersion),
  elbo: v.string(),
  kind: v.string(),
  /** What the variant's factory makes the model from, besides the networks. */
  options: jsonObject,
  /** Topologies by name. */
  networks: v.record(networkName, jsonObject),
  /** Updates made. */
  step: count,
  /** Number of examples of the set trained on last. */
  dataSize: v.nullable(count),
  /** Examples per update of the training before. */
  batchSize: v.nullable(count),
  weights: v.strictObject({
    file: v.literal("weights.safetensors"),
    sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  }),
});

/** What `model.json` holds. */
export type ModelFile = v.InferOutput<typeof descriptionSchema>;

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
  const result = v.safeParse(descriptionSchema, description, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const path = v.getDotPath(issue) ?? "its top level";
    throw new Error(
      `loadModel: ${source} must be a description of version ${currentVersion}, got something else at ${path.slice(0, 80)}: ${issue.message.slice(0, 120)}`,
    );
  }
  return result.output;
}

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
