import { assertKnownOptions, assertPath, reasonOf } from "@elbo/common";
import type * as tfl from "@tensorflow/tfjs-layers";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import { decodeSafetensors } from "../files/safetensors.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { buildNetwork } from "./buildNetwork.ts";
import { withinAllowance } from "./hostileFiles.ts";
import type { Allowance } from "./hostileFiles.ts";
import type { ModelFile } from "./modelFile.ts";
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
  const model = await build({ directory, description, allowance: { left } }, variant);
  try {
    await model.writeWeights(Object.fromEntries(tensors) as Record<string, NdArray>);
  } catch (cause) {
    model.dispose();
    throw new Error(
      `${fn}: the weights in ${directory} must be those of the model that model.json describes, got: ${reason(cause)}`,
      { cause },
    );
  }
  model.step = description.step;
  model.dataSize = description.dataSize ?? undefined;
  model.batchSize = description.batchSize ?? undefined;
  model.compute = options;
  return model;
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
