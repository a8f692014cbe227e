import type * as tfl from "@tensorflow/tfjs-layers";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import { assertKnownOptions, assertPath } from "../arguments.ts";
import { withinBudget } from "../createVariable.ts";
import { canonicalJson } from "../json.ts";
import type { JsonValue } from "../json.ts";
import type { ComputeOptions, ModelKind } from "../model/definition.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { buildNetwork } from "./buildNetwork.ts";
import type { ModelFile } from "./modelFile.ts";
import { decodeSafetensors } from "./safetensors.ts";
import type { StoredTensor } from "./safetensors.ts";
import { readModelFiles } from "./saveModel.ts";

/** Options of {@link loadModel}. */
export type LoadOptions = ComputeOptions;

/**
 * Loads a model that `save` wrote: in Node from a directory, in browsers from its address.
 *
 * @param directory what was given to `save`
 * @param kind the variant
 * @throws Error in one sentence when a file is missing, malformed, of another kind or a newer version
 */
export async function loadModel<P>(
  directory: string,
  kind: ModelKind<P>,
  options: LoadOptions = {},
): Promise<LatentModel<P>> {
  assertPath({ fn: "loadModel", name: "directory" }, directory);
  assertKnownOptions("loadModel", options, ["engine", "device", "threads"]);
  const { description, weights } = await readModelFiles(directory);
  if (description.kind !== kind.kind) {
    throw new Error(
      `loadModel: ${directory} must hold a model of the kind ${kind.kind}, got ${description.kind.slice(0, 40)}`,
    );
  }
  quietTensorflow();
  const { tensors } = decodeSafetensors(weights, `${directory}/weights.safetensors`);
  const model = await build({ directory, kind }, description, held(tensors));
  try {
    checkAgreement(directory, model, description);
    await model.writeWeights(Object.fromEntries(tensors) as Record<string, NdArray>);
  } catch (error) {
    model.dispose();
    throw error;
  }
  model.compute = options;
  return model;
}

const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 200);

/** How many values there are in a file: whatever a description declares must fit into them. */
const held = (tensors: ReadonlyMap<string, StoredTensor>): number =>
  [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0);

/** The model of a description, with weights that are yet to be read, none of which the file of weights lacks. */
async function build<P>(
  { directory, kind }: { directory: string; kind: ModelKind<P> },
  description: ModelFile,
  budget: number,
): Promise<LatentModel<P>> {
  const encoder = await networkOf("encoder", { directory, description, budget });
  let decoder: tfl.LayersModel | undefined;
  try {
    const network = (decoder = await networkOf("decoder", { directory, description, budget }));
    return withinBudget(budget, () =>
      kind.build(description.options, { encoder, decoder: network }),
    );
  } catch (cause) {
    encoder.dispose();
    decoder?.dispose();
    if (decoder === undefined) throw cause;
    throw new Error(
      `loadModel: the options in ${directory}/model.json must be those of a ${kind.kind}, got: ${reason(cause)}`,
      { cause },
    );
  }
}

async function networkOf(
  role: "encoder" | "decoder",
  saved: { directory: string; description: ModelFile; budget: number },
): Promise<tfl.LayersModel> {
  const { directory, description, budget } = saved;
  try {
    return await withinBudget(budget, () => buildNetwork(description[role]));
  } catch (cause) {
    throw new Error(
      `loadModel: the ${role} in ${directory}/model.json must be a network that TF.js can build, got: ${reason(cause)}`,
      { cause },
    );
  }
}

/** A description whose options make another model than the rest of it says was edited, or is damaged. */
function checkAgreement(directory: string, model: LatentModel, description: ModelFile): void {
  const made: Record<string, unknown> = {
    image: model.image,
    likelihood: model.likelihood.options,
    condition: model.condition?.options ?? null,
    objective: model.objective.toJSON(),
  };
  for (const [name, value] of Object.entries(made)) {
    const wanted = canonicalJson(description[name as keyof ModelFile]);
    const actual = canonicalJson(JSON.parse(JSON.stringify(value)) as JsonValue);
    if (wanted !== actual) {
      throw new Error(
        `loadModel: ${name} in ${directory}/model.json must agree with its options (${actual.slice(0, 80)}), got ${wanted.slice(0, 80)}`,
      );
    }
  }
}
