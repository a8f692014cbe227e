/**
 * Saving to a directory so that a kill at any instant leaves the old model or the new one. Both files are first written
 * beside their places and synced; then the weights are renamed, then the description, which names the weights by their
 * SHA-256. A kill between the two renames leaves new weights, the old description, and the new description as
 * `model.json.tmp`: {@link readModelFiles} finds that the latter fits the weights, and takes it.
 */
import type * as tfl from "@tensorflow/tfjs-layers";
import { isFile, joinPath, makeDirectory, readBytes, rename, writeSynced } from "#platform";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { assertPath } from "@elbo/common";
import { encodeSafetensors } from "../files/safetensors.ts";
import type { StoredTensor } from "../files/elementTypes.ts";
import type { JsonObject } from "../json.ts";
import { version as elboVersion } from "../version.ts";
import { maximalDescription, modelFileText, parseModelFile, priorPrefix } from "./modelFile.ts";
import type { ModelFile, PriorFile } from "./modelFile.ts";
import { isSavable } from "./modelKind.ts";
import type { SavableModel } from "./modelKind.ts";

const weightsName = "weights.safetensors";
const descriptionName = "model.json";

const asJson = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

const topologyOf = (network: tfl.LayersModel): JsonObject => asJson(network.toJSON(null, false));

/** The description and the weights of a model, as bytes. */
export async function modelFiles(
  model: SavableModel,
): Promise<{ description: Uint8Array; weights: Uint8Array }> {
  const prior = priorOf(model);
  const ofPrior = Object.entries((await prior?.readWeights()) ?? {});
  const tensors = new Map<string, StoredTensor>([
    ...Object.entries(await model.readWeights()),
    ...ofPrior.map(([name, values]): [string, StoredTensor] => [priorPrefix + name, values]),
  ]);
  const weights = encodeSafetensors(tensors);
  const description: ModelFile = {
    elbo: elboVersion,
    ...trainedOf(model),
    networks: Object.fromEntries(
      Object.entries(model.networks).map(([name, network]) => [name, topologyOf(network)]),
    ),
    prior: prior === undefined ? null : trainedOf(prior),
    weights: { file: weightsName, sha256: bytesToHex(sha256(weights)) },
  };
  return { description: new TextEncoder().encode(modelFileText(description)), weights };
}

const trainedOf = (model: SavableModel): PriorFile => ({
  kind: model.kind,
  options: asJson(model.options),
  step: model.step,
  dataSize: model.dataSize ?? null,
  batchSize: model.batchSize ?? null,
});

/**
 * The prior over codes that a model holds.
 *
 * @throws TypeError for one that cannot be saved, rather than losing it
 */
function priorOf({ prior }: SavableModel): SavableModel | undefined {
  if (prior === undefined || isSavable(prior)) return prior;
  throw new TypeError(
    "save: prior of the model must be one that can be saved, with readWeights and writeWeights, got another; set it to undefined and save it in your own way",
  );
}

/**
 * Writes a model into a directory; see the head of this file.
 *
 * @throws TypeError for what is no path, Error when it cannot be written
 */
export async function saveModel(model: SavableModel, directory: string): Promise<void> {
  const fn = "save";
  assertPath({ fn, name: "directory" }, directory);
  const { description, weights } = await modelFiles(model);
  if (description.length > maximalDescription) {
    throw new RangeError(
      `${fn}: networks must be described in at most ${maximalDescription} bytes, or they could not be loaded, got ${description.length}`,
    );
  }
  await makeDirectory({ fn, name: "directory" }, directory);
  await finishInterruptedSave(directory);
  const weightsPath = joinPath(directory, weightsName);
  const descriptionPath = joinPath(directory, descriptionName);
  await writeSynced({ fn, path: `${weightsPath}.tmp` }, weights);
  await writeSynced({ fn, path: `${descriptionPath}.tmp` }, description);
  await rename({ fn, path: `${weightsPath}.tmp` }, weightsPath);
  await rename({ fn, path: `${descriptionPath}.tmp` }, descriptionPath);
}

/** Before a new save overwrites `model.json.tmp`, which may be the only description of the weights that are there. */
async function finishInterruptedSave(directory: string): Promise<void> {
  const descriptionPath = joinPath(directory, descriptionName);
  const path = `${descriptionPath}.tmp`;
  const pending = await readDescription({ fn: "save", path });
  const weights = await readBytes({ fn: "save", path: joinPath(directory, weightsName) });
  if (pending === undefined || weights === undefined) return;
  if (describes(pending, weights)) await rename({ fn: "save", path }, descriptionPath);
}

/** The bytes of a description: enough of them to see that there are too many. */
const readDescription = (place: Parameters<typeof readBytes>[0]): Promise<Uint8Array | undefined> =>
  readBytes(place, maximalDescription + 1);

/** Whether a description, perhaps half of one, is that of these weights. */
function describes(description: Uint8Array, weights: Uint8Array): boolean {
  try {
    return (
      parseModelFile(description, descriptionName).weights.sha256 === bytesToHex(sha256(weights))
    );
  } catch {
    return false;
  }
}

/**
 * Reads the two files of a directory, the newer description where a save was killed between its renames.
 *
 * @throws Error in one sentence when a file is missing, malformed, or the weights are not those described
 */
export async function readModelFiles(
  directory: string,
): Promise<{ description: ModelFile; weights: Uint8Array }> {
  const fn = "loadModel";
  if (await isFile(directory)) {
    throw new Error(`${fn}: directory must be that of a model, got the file ${directory}`);
  }
  const path = joinPath(directory, descriptionName);
  const weightsPath = joinPath(directory, weightsName);
  let refusal = new Error(`${fn}: ${path} must exist, got no such file`);
  // A save that finishes between the reads shows as a mismatch, so it is looked at again.
  for (let attempt = 0; attempt < 3; attempt++) {
    const bytes = await readDescription({ fn, path });
    const weights = await readBytes({ fn, path: weightsPath });
    const description = bytes && parseModelFile(bytes, path);
    if (description !== undefined && weights !== undefined) {
      const digest = bytesToHex(sha256(weights));
      if (digest === description.weights.sha256) return { description, weights };
      refusal = new Error(
        `${fn}: ${weightsPath} must have the SHA-256 ${description.weights.sha256} that model.json names, got ${digest}`,
      );
    } else if (description !== undefined) {
      refusal = new Error(`${fn}: ${weightsPath} must exist, got no such file`);
    }
    if (weights === undefined) break;
    const pending = await readDescription({ fn, path: `${path}.tmp` });
    if (pending !== undefined && describes(pending, weights)) {
      return { description: parseModelFile(pending, `${path}.tmp`), weights };
    }
  }
  throw refusal;
}
