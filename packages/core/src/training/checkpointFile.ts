/**
 * A checkpoint is one file, `checkpoint.safetensors`, with everything that a run needs to go on: weights, optimizer slots,
 * weight averages, state, the best weights of early stopping, the history, the step, and what the run is a run of. Noise,
 * preparation and data order are functions of seed and step, so no generator needs to be kept. It is written beside its
 * place, synced and renamed, so a kill leaves the one before or the new one.
 */
import { isFile, joinPath, makeDirectory, readBytes } from "#platform";
import type { NdArray } from "@elbo/jit";
import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { decodeSafetensors, encodeSafetensors } from "../files/safetensors.ts";
import type { StoredTensor } from "../files/elementTypes.ts";
import { writeWhole } from "../files/writeWhole.ts";
import { assertShallow, canonicalJson } from "../json.ts";
import type { JsonObject } from "../json.ts";
import { metadataTable } from "./checkpointMetadata.ts";
import type { CheckpointMetadata } from "./checkpointMetadata.ts";
import { HistoryLog } from "./history.ts";

/** Where training can be taken up again. */
export interface CheckpointOptions {
  /** Holds `checkpoint.safetensors`; a run continues from the one it finds there. */
  readonly directory: string;
  /** Default: at the end of every epoch. */
  readonly everySteps?: number;
}

/** {@link CheckpointOptions} as a table. */
export const checkpointTable = {
  directory: {
    rule: rules.path(),
    doc: "holds the checkpoint; a run continues from the one it finds there",
  },
  everySteps: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "every epoch",
    doc: "steps between two checkpoints",
  },
} satisfies OptionTable<CheckpointOptions>;

/** A checkpoint in memory. */
export interface Checkpoint {
  readonly metadata: CheckpointMetadata;
  /** By name: the trainable's variables, `optimizer/<phase>/<variable>/<slot>`, `average/<variable>`, `best/<variable>`. */
  readonly values: Readonly<Record<string, NdArray>>;
  readonly history: HistoryLog;
}

const fn = "train";
const format = "elbo-checkpoint";
const version = 2;
const fileName = "checkpoint.safetensors";
const directoryName = "checkpoint.directory";

/** Writes a checkpoint in the place of the one before. */
export async function writeCheckpoint(directory: string, checkpoint: Checkpoint): Promise<void> {
  const { metadata, values, history } = checkpoint;
  const tables = history.toTables();
  const tensors = new Map<string, StoredTensor>([
    ["history/steps", tables.steps],
    ["history/epochs", tables.epochs],
    ...Object.entries(values),
  ]);
  const text = canonicalJson({ format, version, ...(metadata as unknown as JsonObject) });
  const bytes = encodeSafetensors(tensors, new Map([["elbo", text]]));
  const path = joinPath(directory, fileName);
  await makeDirectory({ fn, name: directoryName }, directory);
  await writeWhole({ fn, path }, bytes);
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
  const path = joinPath(directory, fileName);
  const bytes = await readBytes({ fn, path });
  if (bytes === undefined) return undefined;
  const { tensors, metadata: texts } = decodeSafetensors(bytes, path);
  const metadata = parseMetadata(texts.get("elbo"), path);
  const { columns } = metadata;
  const values: Record<string, NdArray> = {};
  const tables: Record<string, StoredTensor> = {};
  for (const [name, tensor] of tensors) {
    if (tensor.data instanceof Float64Array) tables[name] = tensor;
    else values[name] = { data: tensor.data, shape: tensor.shape };
  }
  const steps = tableOf(tables["history/steps"], { path, width: columns.steps.length });
  const epochs = tableOf(tables["history/epochs"], { path, width: columns.epochs.length });
  return { metadata, values, history: HistoryLog.fromTables({ steps, epochs }, columns) };
}

function parseMetadata(text: string | undefined, path: string): CheckpointMetadata {
  let value: unknown;
  try {
    value = JSON.parse(text ?? "");
  } catch {
    throw new Error(`${fn}: ${path} must be a checkpoint of elbo, got a file without its metadata`);
  }
  assertShallow(`${fn}: the metadata of ${path}`, value);
  const { format: kind, version: number, ...rest } = Object(value) as Record<string, unknown>;
  if (kind !== format) {
    throw new Error(
      `${fn}: ${path} must be a checkpoint of elbo, got the format ${describeValue(kind)}`,
    );
  }
  if (number !== version) {
    throw new Error(
      `${fn}: ${path} must be a checkpoint of version ${version}, got ${describeValue(number)}; give another checkpoint.directory to begin anew`,
    );
  }
  try {
    return readOptions(`${fn}: ${path}`, metadataTable, rest);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new Error(error.message, { cause: error });
  }
}

function tableOf(
  tensor: StoredTensor | undefined,
  { path, width }: { readonly path: string; readonly width: number },
): StoredTensor {
  if (tensor?.shape.length !== 2 || tensor.shape[1] !== width) {
    throw new Error(`${fn}: ${path} must hold a history of ${width} columns, got another`);
  }
  return tensor;
}
