import { Refusal } from "../refusal.ts";
import type { JsonObject, JsonValue } from "@elbo/core";
import type { ModelEntry } from "./entry.ts";
import type { ModelCase } from "./modelCase.ts";

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
