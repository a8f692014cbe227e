import { isRecord, rules } from "@elbo/common";
import { datasetNames } from "@elbo/datasets";
import { isPath, ownPath } from "../data/ownData.ts";
import { measures } from "../measures/index.ts";
import { entryOf } from "../models/entry.ts";
import { modelNames } from "../models/resolve.ts";
import type { Options, OptionValues, Rule } from "@elbo/common";
import type { JsonObject } from "@elbo/core";
import type { FeaturesChoice } from "./protocol.ts";
import type { ModelEntry } from "../models/entry.ts";

/** Values without the options that were not given. */
export const given = <T extends Options>(values: OptionValues<T>): Partial<OptionValues<T>> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<
    OptionValues<T>
  >;

/** An ONNX model; the options are checked where it is opened. */
export const featuresRule = rules.such<FeaturesChoice>(
  "an object with the file of an ONNX model, and options of onnxFeatures",
  (value) => isRecord(value) && typeof value["file"] === "string",
);

/** Options of something that checks them itself. */
export const optionsRule = rules.such<JsonObject>("an object of options", isRecord);

/** A list whose entries differ by their names. */
export function distinct<T>(
  list: Rule<readonly T[]>,
  nameOf: (entry: T) => string = String,
): Rule<readonly T[]> {
  return {
    ...list,
    must: `${list.must}, without repetition`,
    read({ fn, name }, value) {
      const entries = list.read({ fn, name }, value);
      const names = entries.map(nameOf);
      const twice = names.find((one, i) => names.indexOf(one) < i);
      if (twice === undefined) return entries;
      throw new RangeError(`${fn}: ${name} must be without repetition, got ${twice} twice`);
    },
  };
}

/** A whole number, or "all" or another word in its place. */
export const countOr = <const W extends string>(word: W): Rule<number | W> =>
  rules.either<number, W>(rules.integer({ min: 1 }), rules.exactly(word));

/** Seeds, which are 32 bits wide. */
export const seedsRule = distinct(rules.list(rules.integer({ min: 0, max: 2 ** 32 - 1 })));

/** Classes by number. */
export const normalRule = distinct(rules.list(rules.integer({ min: 0 })));

/** Measures by name. */
export const measuresRule = distinct(rules.list(rules.oneOf(measures.map(({ name }) => name))));

/** A data set by name, or one's own by its path, which becomes absolute. */
export const datasetRule: Rule<string> = {
  must: `one of ${datasetNames.join(", ")}, or the path of one's own`,
  read(at, value) {
    if (typeof value === "string" && isPath(value)) return ownPath(value);
    const known = (name: unknown): boolean => datasetNames.some((one) => one === name);
    return rules.such<string>(datasetRule.must, known).read(at, value);
  },
  fromText: (text) => text,
};

const networkKinds = ["mlp", "conv", "resnet"];

/** The networks of a protocol: a kind by name, or with its options, which factories check. */
export const networkRule = rules.either(
  rules.oneOf(["mlp", "conv"]),
  rules.such<JsonObject>(
    `{ kind: "mlp", "conv" or "resnet", ... } as factories take it`,
    (value) => isRecord(value) && networkKinds.includes(value["kind"] as string),
  ),
);

/** Hidden widths; networks of more than four layers have options of their own. */
export const widthsRule = rules.such<readonly number[]>(
  "one to four integers at least 1",
  (value) =>
    Array.isArray(value) &&
    value.length >= 1 &&
    value.length <= 4 &&
    value.every((width) => Number.isSafeInteger(width) && (width as number) >= 1),
);

const entryTable = {
  model: { rule: rules.oneOf(modelNames) },
  name: {
    // Names become names of files.
    rule: rules.such<string>(
      "1 to 80 letters, digits, dots, dashes and underscores",
      (value) => typeof value === "string" && /^[\w.-]{1,80}$/u.test(value),
    ),
    default: undefined,
  },
  title: { rule: rules.text(), default: undefined },
  summary: { rule: rules.text(), default: undefined },
  options: { rule: optionsRule, default: {} },
};

/**
 * Rows of a comparison with different names: kinds of models and rows by name, or `{ model, name, title, summary, options }`.
 *
 * @param entries rows that can be called by their names
 */
export function modelsRule(entries: readonly ModelEntry[]): Rule<readonly ModelEntry[]> {
  const names = [...new Set([...entries.map(({ name }) => name), ...modelNames])];
  const name = rules.oneOf(names);
  const keys = Object.keys(entryTable).join(", ");
  const entry: Rule<ModelEntry> = {
    must: `one of ${names.join(", ")}, or in a file { ${keys} }`,
    read(at, value) {
      if (isRecord(value)) {
        const row = given<typeof entryTable>(rules.options(entryTable).read(at, value));
        return { name: row.model, ...row } as ModelEntry;
      }
      const known = name.read(at, value);
      return entries.find((one) => one.name === known) ?? entryOf(known);
    },
    fromText: (text) => text,
  };
  return distinct(rules.list(entry), (row) => row.name);
}
