/**
 * A checkpoint is one file, `checkpoint.safetensors`, with everything that a run needs to go on: weights, optimizer slots,
 * weight averages, scheme state, the best weights of early stopping, the history, the step, and what the run is a run of.
 * Noise, binarization and data order are functions of seed and step, so no generator needs to be kept. It is written
 * beside its place, synced and renamed, so a kill leaves the one before or the new one.
 */
import { isFile, joinPath, makeDirectory, readBytes, rename, writeSynced } from "#platform";
import * as v from "valibot";
import { engineNames, type NdArray } from "@elbo/jit";
import { assertShallow, canonicalJson } from "../json.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { decodeSafetensors, encodeSafetensors } from "../saving/safetensors.ts";
import type { StoredTensor } from "../saving/safetensors.ts";
import { HistoryLog } from "./history.ts";

/** Why a run is over. */
export type StopReason = "finished" | "early" | "stopped" | "aborted" | "diverged";

const metadataSchema = v.strictObject({
  format: v.literal("elbo-checkpoint"),
  version: v.literal(1),
  step: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  /** What the run is a run of: every option and the data; the length may change. */
  identity: v.record(
    v.string(),
    v.custom<JsonValue>(() => true),
  ),
  engine: v.strictObject({
    engine: v.picklist(engineNames),
    device: v.picklist(["cpu", "webgpu"]),
    threads: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  }),
  earlyStopping: v.nullable(
    v.strictObject({
      best: v.nullable(v.number()),
      bestEpoch: v.pipe(v.number(), v.safeInteger()),
      waited: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    }),
  ),
  /** Set when early stopping ended the run. */
  stopped: v.boolean(),
  columns: v.strictObject({ steps: v.array(v.string()), epochs: v.array(v.string()) }),
});

/** The part of a checkpoint that is no array. */
export type CheckpointMetadata = v.InferOutput<typeof metadataSchema>;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly metadata: Omit<CheckpointMetadata, "format" | "version" | "columns">;
  /** Arrays of variables by name: `model/...`, `slot/...`, `average/...`, `best/...`. */
  readonly values: Readonly<Record<string, NdArray>>;
  readonly history: HistoryLog;
}

const fn = "train";
const fileName = "checkpoint.safetensors";
const directoryName = "checkpoint.directory";

/** The path of the checkpoint in a directory. */
export const checkpointPath = (directory: string): string => joinPath(directory, fileName);

/** Writes a checkpoint in the place of the one before. */
export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  const { metadata, values, history } = checkpoint;
  const tables = history.toTables();
  const tensors = new Map<string, StoredTensor>([
    ["history/steps", tables.steps],
    ["history/epochs", tables.epochs],
    ...Object.entries(values),
  ]);
  const text = canonicalJson({
    format: "elbo-checkpoint",
    version: 1,
    ...(metadata as unknown as JsonObject),
    columns: history.columns(),
  });
  const bytes = encodeSafetensors(tensors, new Map([["elbo", text]]));
  const path = checkpointPath(directory);
  await makeDirectory({ fn, name: directoryName }, directory);
  await writeSynced({ fn, path: `${path}.tmp` }, bytes);
  await rename({ fn, path: `${path}.tmp` }, path);
}

/**
 * Reads the checkpoint of a directory, or `undefined` when there is none.
 *
 * @throws Error in one sentence for a file that is no checkpoint of this version
 */
export async function readCheckpoint(directory: string): Promise<Checkpoint | undefined> {
  if (await isFile(directory)) {
    throw new Error(`${fn}: ${directoryName} must be a directory, got the file ${directory}`);
  }
  const path = checkpointPath(directory);
  const bytes = await readBytes({ fn, path });
  if (bytes === undefined) return undefined;
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const { columns, ...rest } = parseMetadata(metadata.get("elbo"), path);
  const values: Record<string, NdArray> = {};
  const tables: Record<string, StoredTensor> = {};
  for (const [name, tensor] of tensors) {
    if (tensor.data instanceof Float64Array) tables[name] = tensor;
    else values[name] = { data: tensor.data, shape: tensor.shape };
  }
  const steps = tableOf(tables["history/steps"], { path, width: columns.steps.length });
  const epochs = tableOf(tables["history/epochs"], { path, width: columns.epochs.length });
  return { metadata: rest, values, history: HistoryLog.fromTables({ steps, epochs }, columns) };
}

function parseMetadata(
  text: string | undefined,
  path: string,
): Omit<CheckpointMetadata, "format" | "version"> {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    throw new Error(`train: ${path} must be a checkpoint of elbo, got a file without its metadata`);
  }
  assertShallow(`train: the metadata of ${path}`, value);
  const result = v.safeParse(metadataSchema, value, { abortEarly: true });
  if (!result.success) {
    const at = v.getDotPath(result.issues[0]) ?? "its top level";
    throw new Error(
      `train: ${path} must be a checkpoint of version 1, got something else at ${at.slice(0, 60)}`,
    );
  }
  const { step, identity, engine, earlyStopping, stopped, columns } = result.output;
  return { step, identity, engine, earlyStopping, stopped, columns };
}

function tableOf(
  tensor: StoredTensor | undefined,
  { path, width }: { readonly path: string; readonly width: number },
): StoredTensor {
  if (tensor?.shape.length !== 2 || tensor.shape[1] !== width) {
    throw new Error(`train: ${path} must hold a history of ${width} columns, got another`);
  }
  return tensor;
}

/**
 * Refuses to go on with a run that was another one.
 *
 * @throws Error naming the first thing that differs
 */
export function assertSameRun(
  directory: string,
  saved: Readonly<Record<string, JsonValue>>,
  given: Readonly<Record<string, JsonValue>>,
): void {
  const show = (value: JsonValue | undefined): string => {
    const text = typeof value === "string" ? value : canonicalJson(value);
    return text.length > 100 ? `${text.slice(0, 97)}...` : text;
  };
  for (const name of new Set([...Object.keys(given), ...Object.keys(saved)])) {
    if (canonicalJson(saved[name]) === canonicalJson(given[name])) continue;
    throw new Error(
      `train: ${name} must be that of the checkpoint in ${directory} (${show(saved[name])}) to resume it, got ${show(given[name])}; give another checkpoint.directory to begin anew`,
    );
  }
}
