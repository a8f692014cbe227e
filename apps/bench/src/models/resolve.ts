import { Refusal } from "../refusal.ts";
import { modelRows } from "./index.ts";
import { sharedOptions } from "./setting.ts";
import type { JsonObject, JsonValue, LatentModel, Networks } from "@elbo/core";
import type { ModelEntry } from "./entry.ts";
import type { ModelRow } from "./modelRow.ts";
import type { ModelSetting } from "./setting.ts";

/** The names of all kinds of models. */
export const modelNames: readonly string[] = modelRows.map(({ kind }) => kind.kind);

/**
 * The row of a kind of model.
 *
 * @throws Refusal naming the kinds there are
 */
export function modelRow(model: string): ModelRow {
  const row = modelRows.find(({ kind }) => kind.kind === model);
  if (row !== undefined) return row;
  throw new Refusal(`bench: models must be of ${modelNames.join(", ")}, got ${model}`);
}

/** The options of an entry, over those of its model. */
export const optionsOf = (entry: ModelEntry): JsonObject => ({
  ...modelRow(entry.model).options,
  ...entry.options,
});

/** What a row is called: its own title, or the model's and the options that are not its model's own. */
export function titleOf({ model, title, options }: ModelEntry): string {
  if (title !== undefined) return title;
  const { title: own, options: known } = modelRow(model);
  const others = Object.entries(options).filter(
    ([key, value]) => JSON.stringify(known[key]) !== JSON.stringify(value),
  );
  return [own, ...others.map(([key, value]) => `${key} ${shown(value)}`)].join(", ");
}

const shown = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/**
 * Makes the model of a trial: of the protocol's networks and likelihood and of what its own options say over them.
 *
 * @param trial kind and options as a configuration has them; the kind refuses what makes no sense
 * @param setting what all models of a comparison share
 */
export function createModelOf(
  { model, options }: { readonly model: string; readonly options: JsonObject },
  setting: ModelSetting,
): LatentModel {
  const { kind, fromData } = modelRow(model);
  const { network, ...rest }: JsonObject = {
    ...sharedOptions(setting),
    ...fromData?.(setting),
    ...options,
  };
  // A kind hands networks to its factory, which also takes the names and sizes of ours.
  return kind.build(rest, network as unknown as Networks);
}
