import * as tf from "@tensorflow/tfjs";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import { assertKnownOptions } from "../arguments.ts";
import { canonicalJson } from "../json.ts";
import type { JsonValue } from "../json.ts";
import type { ComputeOptions, ModelKind } from "../model/definition.ts";
import type { LatentModel } from "../model/latentModel.ts";
import type { ModelFile } from "./modelFile.ts";
import { decodeSafetensors } from "./safetensors.ts";
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
  assertKnownOptions("loadModel", options, ["engine", "device", "threads"]);
  const { description, weights } = await readModelFiles(directory);
  if (description.kind !== kind.kind) {
    throw new Error(
      `loadModel: ${directory} must hold a model of the kind ${kind.kind}, got ${description.kind.slice(0, 40)}`,
    );
  }
  quietTensorflow();
  const { tensors } = decodeSafetensors(weights, `${directory}/weights.safetensors`);
  const encoder = await networkOf(directory, "encoder", description);
  let model: LatentModel<P> | undefined;
  let decoder: tf.LayersModel | undefined;
  try {
    decoder = await networkOf(directory, "decoder", description);
    model = build({ directory, kind }, description, { encoder, decoder });
    checkAgreement(directory, model, description);
    await model.writeWeights(Object.fromEntries(tensors) as Record<string, NdArray>);
  } catch (error) {
    if (model === undefined) for (const network of [encoder, decoder]) network?.dispose();
    else model.dispose();
    throw error;
  }
  model.compute = options;
  return model;
}

const reason = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0].slice(0, 200);

async function networkOf(
  directory: string,
  role: "encoder" | "decoder",
  description: ModelFile,
): Promise<tf.LayersModel> {
  try {
    // TF.js changes the object that it is given.
    const modelTopology = structuredClone(description[role]);
    return await tf.models.modelFromJSON({ modelTopology } as unknown as tf.io.ModelJSON);
  } catch (cause) {
    throw new Error(
      `loadModel: the ${role} in ${directory}/model.json must be a network that TF.js can build, got: ${reason(cause)}`,
      { cause },
    );
  }
}

function build<P>(
  { directory, kind }: { directory: string; kind: ModelKind<P> },
  { options }: ModelFile,
  networks: { encoder: tf.LayersModel; decoder: tf.LayersModel },
): LatentModel<P> {
  try {
    return kind.build(options, networks);
  } catch (cause) {
    throw new Error(
      `loadModel: the options in ${directory}/model.json must be those of a ${kind.kind}, got: ${reason(cause)}`,
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
