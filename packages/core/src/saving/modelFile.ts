/** `model.json`: the description of a saved model, its versions, and what it must look like. */
import * as v from "valibot";
import { describeValue } from "../arguments.ts";
import { assertShallow } from "../json.ts";
import type { JsonObject, JsonValue } from "../json.ts";

/** The version that this package writes. */
export const currentVersion = 1;

/** How a description of one version becomes one of the next; every version ever written stays loadable. */
const migrations: Readonly<Record<number, (description: JsonObject) => JsonObject>> = {
  // 1: (description) => ({ ...description, version: 2, ... }),
};

/** A hundred times what a description of a usual network has; a network of 500 layers has less. */
export const maximalDescription = 2 ** 20;

/** Whatever JSON holds, which is where the description comes from. */
const json = v.custom<JsonValue>((value) => value !== undefined, "must be JSON");
const jsonObject = v.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "must be an object",
);
const size = v.pipe(v.number(), v.safeInteger(), v.minValue(1));

const descriptionSchema = v.strictObject({
  format: v.literal("elbo-model"),
  version: v.literal(currentVersion),
  elbo: v.string(),
  kind: v.string(),
  options: jsonObject,
  image: v.tuple([size, size, size]),
  likelihood: json,
  condition: v.nullable(jsonObject),
  objective: v.record(v.string(), json),
  encoder: jsonObject,
  decoder: jsonObject,
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
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new Error(`loadModel: ${source} must be UTF-8 JSON, got other bytes`);
  }
  assertShallow(`loadModel: ${source}`, value);
  const { format, version } = (value ?? {}) as { format?: unknown; version?: unknown };
  if (format !== "elbo-model") {
    throw new Error(
      `loadModel: ${source} must have the format "elbo-model", got ${describeValue(format)}`,
    );
  }
  if (
    typeof version !== "number" ||
    !Number.isInteger(version) ||
    version < 1 ||
    version > currentVersion
  ) {
    throw new Error(
      `loadModel: ${source} must have a version from 1 to ${currentVersion}, the newest that this elbo reads, got ${describeValue(version)}`,
    );
  }
  let description = value as JsonObject;
  for (let from = version; from < currentVersion; from++)
    description = migrations[from](description);
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
