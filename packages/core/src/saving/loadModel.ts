import { assertKnownOptions, assertPath, reasonOf } from "@elbo/common";
import type * as tfl from "@tensorflow/tfjs-layers";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import { decodeSafetensors } from "../files/safetensors.ts";
import type { StoredTensor } from "../files/elementTypes.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { buildNetwork } from "./buildNetwork.ts";
import { withinAllowance } from "./hostileFiles.ts";
import type { Allowance } from "./hostileFiles.ts";
import { priorPrefix } from "./modelFile.ts";
import type { ModelFile, PriorFile } from "./modelFile.ts";
import { registeredModel } from "./modelKind.ts";
import type { ModelKind, SavableModel } from "./modelKind.ts";
import { readModelFiles } from "./saveModel.ts";

/** Options of {@link loadModel}: where the loaded model computes. */
export type LoadOptions = ComputeOptions;

/**
 * Loads a model that `save` wrote: in Node from a directory, in browsers from its address.
 *
 * @param directory what was given to `save`
 * @param kind the variant, which is checked; default: whichever of the registered ones (all that were imported) it is
 * @throws Error in one sentence when a file is missing, malformed, of another kind or a newer version
 */
export async function loadModel<M extends SavableModel>(
  directory: string,
  kind?: ModelKind<M>,
  options: LoadOptions = {},
): Promise<M> {
  const fn = "loadModel";
  assertPath({ fn, name: "directory" }, directory);
  assertKnownOptions(fn, options, ["engine", "device", "threads"]);
  const { description, weights } = await readModelFiles(directory);
  if (kind !== undefined && description.kind !== kind.kind) {
    throw new Error(
      `${fn}: ${directory} must hold a model of the kind ${kind.kind}, got ${description.kind.slice(0, 40)}`,
    );
  }
  const variant = kind ?? (registeredModel(fn, description.kind) as ModelKind<M>);
  quietTensorflow();
  const { tensors } = decodeSafetensors(weights, `${directory}/weights.safetensors`);
  // Whatever a description declares must fit into the file of weights.
  const left = [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);
  const allowance = { left };
  const hasPrior = description.prior !== null;
  const own = [...tensors].filter(([name]) => !(hasPrior && name.startsWith(priorPrefix)));
  const model = await build({ directory, description, allowance }, variant);
  try {
    await fill({ directory, saved: description, values: own, options }, model);
    const prior = await loadPrior({ directory, description, allowance }, { tensors, options });
    if (prior !== undefined) (model as { prior?: unknown }).prior = prior;
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

interface Filling {
  readonly directory: string;
  /** The model's or the prior's part of the description. */
  readonly saved: PriorFile;
  readonly values: readonly (readonly [string, StoredTensor])[];
  readonly options: LoadOptions;
}

/** Gives a model the weights and what else was saved of it. */
async function fill(
  { directory, saved, values, options }: Filling,
  model: SavableModel,
): Promise<void> {
  try {
    await model.writeWeights(Object.fromEntries(values) as Record<string, NdArray>);
  } catch (cause) {
    throw new Error(
      `loadModel: the weights in ${directory} must be those of the model that model.json describes, got: ${reason(cause)}`,
      { cause },
    );
  }
  model.step = saved.step;
  model.dataSize = saved.dataSize ?? undefined;
  model.batchSize = saved.batchSize ?? undefined;
  model.compute = options;
}

/** The prior over codes that was saved with a model. */
async function loadPrior(
  { directory, description, allowance }: Saved,
  {
    tensors,
    options,
  }: { readonly tensors: ReadonlyMap<string, StoredTensor>; readonly options: LoadOptions },
): Promise<SavableModel | undefined> {
  const { prior: saved } = description;
  if (saved === null) return undefined;
  const kind = registeredModel("loadModel", saved.kind);
  const own = { directory, description: { ...description, ...saved, networks: {} }, allowance };
  const prior = await build(own, kind);
  const values = [...tensors]
    .filter(([name]) => name.startsWith(priorPrefix))
    .map(([name, tensor]) => [name.slice(priorPrefix.length), tensor] as const);
  try {
    await fill({ directory, saved, values, options }, prior);
  } catch (error) {
    prior.dispose();
    throw error;
  }
  return prior;
}

/** What a file can make TF.js say may be long. */
const reason = (error: unknown): string => reasonOf(error).slice(0, 200);

interface Saved {
  readonly directory: string;
  readonly description: ModelFile;
  readonly allowance: Allowance;
}

/** The model of a description, with weights that are yet to be read, none of which the file of weights lacks. */
async function build<M extends SavableModel>(saved: Saved, kind: ModelKind<M>): Promise<M> {
  const { directory, description, allowance } = saved;
  const networks: Record<string, tfl.LayersModel> = {};
  try {
    for (const name of Object.keys(description.networks)) {
      networks[name] = await networkOf(name, saved);
    }
    return withinAllowance(allowance, () => {
      try {
        return kind.build(description.options, networks);
      } catch (cause) {
        throw new Error(
          `loadModel: the options in ${directory}/model.json must be those of a ${kind.kind}, got: ${reason(cause)}`,
          { cause },
        );
      }
    });
  } catch (error) {
    for (const network of Object.values(networks)) network.dispose();
    throw error;
  }
}

async function networkOf(name: string, saved: Saved): Promise<tfl.LayersModel> {
  const { directory, description, allowance } = saved;
  try {
    return await buildNetwork(description.networks[name], allowance);
  } catch (cause) {
    throw new Error(
      `loadModel: the network ${name} in ${directory}/model.json must be one that TF.js can build, got: ${reason(cause)}${unknownLayer(cause)}`,
      { cause },
    );
  }
}

/** What to do about a class of layers that TF.js does not know. */
const unknownLayer = (error: unknown): string =>
  /Unknown layer|class name.*not.*registered|Unknown (?:initializer|regularizer|constraint)/i.test(
    reason(error),
  )
    ? "; import the file that calls tfl.serialization.registerClass for it first"
    : "";
