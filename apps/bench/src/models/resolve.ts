import { Refusal } from "../refusal.ts";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { ModelCase } from "./modelCase.ts";

/** One row of a comparison as a configuration names it: a model with other options than its own. */
export interface ModelEntry {
  /** What results and files call the row; default the model's name. */
  readonly name: string;
  /** A model of the bench. */
  readonly model: string;
  /** What tables call it; default: the model's title and the options that differ. */
  readonly title?: string;
  /** Options of its factory, over the model's own. */
  readonly options: JsonObject;
}

/** The row that stands for a model as it is. */
export const entryOf = (model: string): ModelEntry => ({ name: model, model, options: {} });

/** The model of a row: named, titled, with the row's options over its own. */
export function resolveModel(entry: ModelEntry, cases: readonly ModelCase[]): ModelCase {
  const base = cases.find(({ name }) => name === entry.model);
  if (base === undefined)
    throw new Refusal(
      `bench: models must be of ${cases.map(({ name }) => name).join(", ")}, got ${entry.model}`,
    );
  const options = { ...base.options, ...entry.options };
  return { ...base, name: entry.name, title: entry.title ?? titleOf(base, options), options };
}

const shown = (value: JsonValue): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** The title with `{option}` filled in, and the options that differ from the model's own and have no place in it behind it. */
function titleOf({ title, options: own }: ModelCase, options: JsonObject): string {
  const placed = new Set<string>();
  const filled = title.replace(/\{(\w+)\}/gu, (_, key: string) => {
    placed.add(key);
    return shown(options[key]);
  });
  const others = Object.entries(options).filter(
    ([key, value]) => !placed.has(key) && JSON.stringify(own[key]) !== JSON.stringify(value),
  );
  return [filled, ...others.map(([key, value]) => `${key} ${shown(value)}`)].join(", ");
}
