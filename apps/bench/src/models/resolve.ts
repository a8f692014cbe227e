import { digestOf, readOnnxFile } from "../imported/onnxRuntime.ts";
import { ImportedModel } from "../imported/importedModel.ts";
import { readImportedOptions } from "../imported/options.ts";
import { refusing, Refusal } from "../refusal.ts";
import { modelRows } from "./index.ts";
import { likelihoodOf, sharedOptions } from "./setting.ts";
import { resolve } from "node:path";
import type { JsonObject, JsonValue, LatentModel, LikelihoodChoice, Networks } from "@elbo/core";
import type { ModelEntry } from "./entry.ts";
import type { ModelRow } from "./modelRow.ts";
import type { ModelSetting } from "./setting.ts";

/** The names of all kinds of models. */
export const modelNames: readonly string[] = modelRows.map(({ name }) => name);

/**
 * The row of a kind of model.
 *
 * @throws Refusal naming the kinds there are
 */
export function modelRow(model: string): ModelRow {
  const row = modelRows.find(({ name }) => name === model);
  if (row !== undefined) return row;
  throw new Refusal(`bench: models must be of ${modelNames.join(", ")}, got ${model}`);
}

/** Whether models of a kind are trained; the others come from files. */
export const isTrained = (model: string): boolean => modelRow(model).kind !== undefined;

/** The options of an entry, over those of its model. */
export const optionsOf = (entry: ModelEntry): JsonObject => ({
  ...modelRow(entry.model).options,
  ...entry.options,
});

/** What a row is called: its own title, or the model's and the options that are not its model's own. */
export function titleOf({ name, model, title, options }: ModelEntry): string {
  if (title !== undefined) return title;
  const { title: own, options: known } = modelRow(model);
  if (!isTrained(model)) return name === model ? own : `${own} ${name}`;
  const others = Object.entries(options).filter(
    ([key, value]) => JSON.stringify(known[key]) !== JSON.stringify(value),
  );
  return [own, ...others.map(([key, value]) => `${key} ${shown(value)}`)].join(", ");
}

const shown = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** What trials and results depend on. */
type Chosen = { readonly model: string; readonly options: JsonObject };

/**
 * The options of a trial: files of an imported model by absolute paths and with digests of what is in them, so that a trial is found from
 * anywhere, and with other files it is another trial.
 *
 * @throws Refusal for files that are not there, or options of an imported model that make no sense
 */
export function sealed({ model, options }: Chosen): JsonObject {
  if (isTrained(model)) return options;
  refusing(() => readImportedOptions(options));
  const seal = (choice: JsonValue): JsonObject => {
    const { file, ...rest } = choice as JsonObject & { readonly file: string };
    const sha256 = digestOf(readOnnxFile(file));
    return { sha256, ...rest, file: resolve(file) };
  };
  const { encoder, decoder, ...rest } = options;
  return { ...rest, encoder: seal(encoder), decoder: seal(decoder) };
}

/**
 * Makes the model of a trial: of the protocol's networks and likelihood and of what its own options say over them.
 *
 * @param trial kind and options as a configuration has them; the kind refuses what makes no sense
 * @param setting what all models of a comparison share
 */
export function createModelOf({ model, options }: Chosen, setting: ModelSetting): LatentModel {
  const { kind, fromData } = modelRow(model);
  if (kind === undefined)
    throw new Error(`internal: a model of the kind ${model} is not made here`);
  const { network, ...rest }: JsonObject = {
    ...sharedOptions(setting),
    ...fromData?.(setting),
    ...options,
  };
  // A kind hands networks to its factory, which also takes the names and sizes of ours.
  return kind.build(rest, network as unknown as Networks);
}

/**
 * Opens the model of a trial that comes from files.
 *
 * @throws TypeError, RangeError or Error in one sentence for what does not fit
 */
export function openImported({ options }: Chosen, setting: ModelSetting): Promise<ImportedModel> {
  const { image, protocol } = setting;
  const { engine, threads, likelihood } = protocol;
  return ImportedModel.open(options, {
    image,
    engine,
    threads,
    likelihood: likelihoodOf(likelihood) as unknown as LikelihoodChoice,
  });
}
