import { entryOf } from "../models/entry.ts";
import { modelNames } from "../models/resolve.ts";
import type { ModelEntry } from "../models/entry.ts";
import type { Search } from "../search/design.ts";
import type { Halving, Protocol } from "./protocol.ts";
import type { Field } from "./fields.ts";

type Fieldset = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fieldset =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const hasOnly = (value: Fieldset, keys: readonly string[]): boolean =>
  Object.keys(value).every((key) => keys.includes(key));

const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least;

const notFromText = (text: string): unknown => text;

/**
 * One or more rows of a comparison with different names: kinds of models and rows by name, or `{ model, name, title, summary, options }`.
 * A text of names is taken apart at commas.
 *
 * @param entries rows that can be called by their names
 */
export function modelEntries(entries: readonly ModelEntry[]): Field<readonly ModelEntry[]> {
  const named = (name: string): ModelEntry =>
    entries.find((entry) => entry.name === name) ?? entryOf(name);
  const names = new Set([...entries.map(({ name }) => name), ...modelNames]);
  return {
    rule: `one or more, without repetition, of ${[...names].join(", ")}, in a file also { model, name, title, summary, options }`,
    fromText: (text) => text.split(",").map((name) => named(name.trim())),
    fromFile: (value) =>
      Array.isArray(value)
        ? value.map((entry: unknown) => {
            if (typeof entry === "string") return named(entry);
            if (!isObject(entry)) return entry;
            const { model, name = model, options = {}, ...rest } = entry;
            return { ...rest, model, name, options };
          })
        : value,
    accepts: (value): value is readonly ModelEntry[] =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every(isEntry) &&
      new Set(value.map((entry: ModelEntry) => entry.name)).size === value.length,
  };
}

const isWords = (value: unknown): boolean =>
  value === undefined || (typeof value === "string" && value.trim() !== "");

function isEntry(entry: unknown): entry is ModelEntry {
  if (!isObject(entry) || !hasOnly(entry, ["model", "name", "title", "summary", "options"]))
    return false;
  const { model, name, title, summary, options } = entry;
  return (
    modelNames.includes(model as string) &&
    // Names become names of files.
    typeof name === "string" &&
    /^[\w.-]{1,80}$/u.test(name) &&
    isWords(title) &&
    isWords(summary) &&
    isObject(options)
  );
}

/** The networks of a protocol: a kind by name, or with its options, which factories check. */
export function networkField(): Field<Protocol["network"]> {
  return {
    rule: 'mlp, conv, or in a file { kind: "mlp", "conv" or "resnet", ... } as factories take it',
    fromText: notFromText,
    accepts: (value): value is Protocol["network"] =>
      value === "mlp" ||
      value === "conv" ||
      (isObject(value) && ["mlp", "conv", "resnet"].includes(value["kind"] as string)),
  };
}

/** How spaces are searched. */
export function searchField(): Field<Search> {
  const methods = ["grid", "random", "latin-hypercube"];
  return {
    rule: `{ method: ${methods.join(", ")}; points: a whole number of at least 1; seed: a whole number of at least 0 }`,
    fromText: notFromText,
    fromFile: (value) => (isObject(value) ? { points: 16, seed: 0, ...value } : value),
    accepts: (value): value is Search =>
      isObject(value) &&
      hasOnly(value, ["method", "points", "seed"]) &&
      methods.includes(value["method"] as string) &&
      isWhole(value["points"], 1) &&
      isWhole(value["seed"], 0),
  };
}

/** When settings that fall behind are given up. */
export function halvingField(): Field<Halving> {
  return {
    rule: "{ epochs: a whole number of at least 1; factor: a whole number of at least 2 }",
    fromText: notFromText,
    fromFile: (value) => (isObject(value) ? { factor: 3, ...value } : value),
    accepts: (value): value is Halving =>
      isObject(value) &&
      hasOnly(value, ["epochs", "factor"]) &&
      isWhole(value["epochs"], 1) &&
      isWhole(value["factor"], 2),
  };
}
