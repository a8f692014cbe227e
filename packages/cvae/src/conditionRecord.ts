/** @file A condition of named columns, each of which may be missing. */
import {
  assertKnownOptions,
  describeValue,
  type Condition,
  type NamedVariables,
  type Rows,
  type Schedule,
  type StepContext,
} from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import { attributesColumn, type AttributesColumnOptions } from "./attributesColumn.ts";
import { classColumn, type ClassColumnOptions } from "./classColumn.ts";
import type { ColumnPlace, ConditionColumn } from "./conditionColumn.ts";
import { conditionReaders } from "./conditionReaders.ts";
import { dropRates, type Drop } from "./drop.ts";
import { isRecord } from "./isRecord.ts";
import { realColumn, type RealColumnOptions } from "./realColumn.ts";

/** One column of a condition. */
export type ConditionColumnOptions =
  ClassColumnOptions | AttributesColumnOptions | RealColumnOptions;

/** The columns of a condition by name: `{ label: { kind: "class", classes: 10 }, angle: { kind: "real" } }`. */
export type ConditionColumns = Readonly<Record<string, ConditionColumnOptions>>;

/** Options of {@link conditionRecord}. */
export interface ConditionRecordOptions {
  readonly columns: ConditionColumns;
  /** How often each column is dropped in training; what is dropped can be left out afterwards. Default: never. */
  readonly drop?: Drop;
  /** Seed of embeddings; default 0. */
  readonly seed?: number;
}

const makers: Readonly<
  Record<string, (fn: string, given: never, place: ColumnPlace) => ConditionColumn>
> = { class: classColumn, attributes: attributesColumn, real: realColumn };

/**
 * A condition as a record of named columns: classes, attributes, real numbers, or several of them. Its vector is that of all
 * columns, one after the other.
 *
 * A column with a drop rate r is left out of an example in training with probability r, independently of the others, and can
 * afterwards be missing: it is left out of a call, or null (labels: -1) for some examples. Values come with the examples or with
 * a call: `condition: { label: 9, angle: [0.1, null] }`, each one for all examples or one for each; `labels` (one each) and
 * `label` (one for all) stand for a column `label`.
 *
 * @param fn the function for messages
 * @throws TypeError or RangeError when a column, an option or a rate is unknown or out of range
 */
export function conditionRecord(
  options: ConditionRecordOptions,
  fn = "conditionRecord",
): Condition {
  assertKnownOptions(fn, options, ["columns", "drop", "seed"]);
  const { columns: given, seed = 0 } = options;
  const names = columnNames(fn, given);
  const rates = dropRates(fn, names, options.drop);
  const columns = Object.fromEntries(
    names.map((name) => [
      name,
      makeColumn(fn, given[name], { name, isOptional: Object.hasOwn(rates, name), seed }),
    ]),
  );
  const all = Object.entries(columns);
  const isOptional = names.every((name) => Object.hasOwn(rates, name));
  return {
    kind: "record",
    options: {
      columns: Object.fromEntries(all.map(([name, { json }]) => [name, json])),
      drop: Object.fromEntries(Object.entries(rates).map(([name, rate]) => [name, rate.toJSON()])),
    },
    columns: Object.fromEntries(all.map(([name, { column }]) => [name, column])),
    size: all.reduce((sum, [, { size }]) => sum + size, 0),
    accepts: ["condition", ...(names.includes("label") ? ["label", "labels"] : [])],
    variables: named(all, "variables"),
    state: named(all, "state"),
    noise: Object.fromEntries(
      Object.keys(rates).map((name) => [dropNoise(name), { kind: "uniform", shape: [] }]),
    ),
    schedules: Object.fromEntries(
      Object.entries(rates).map(([name, rate]) => [dropNoise(name), rate]),
    ),
    readers: (caller, told, count) =>
      conditionReaders(caller, {
        columns,
        told,
        count,
        isOptional: (name) => Object.hasOwn(rates, name),
      }),
    vector: (batch, context) =>
      tf.concat(
        all.map(([name, column]) => column.vector(batch[name], keepOf(name, rates, context))),
        1,
      ),
    ...(isOptional
      ? {
          none: (rows) =>
            tf.concat(
              all.map(([, column]) => column.none(rows)),
              1,
            ),
        }
      : {}),
    fit: (rows, indices) => fitColumns(columns, rows, indices),
  };
}

/** The noise and the schedule of a column's dropping. */
const dropNoise = (name: string): string => `drop/${name}`;

/** Names that mean something else beside examples or in calls. */
const reserved = ["x", "data", "shape", "labels", "weights", "factors", "condition"];

function columnNames(fn: string, given: unknown): string[] {
  const names = isRecord(given) ? Object.keys(given) : [];
  if (names.length === 0) {
    throw new TypeError(
      `${fn}: condition must be a record of at least one column, such as { label: { kind: "class", classes: 10 } }, got ${describeValue(given)}`,
    );
  }
  for (const name of names) {
    if (/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name) && !reserved.includes(name)) continue;
    throw new RangeError(
      `${fn}: columns of the condition must have names of letters, digits and _ that are none of ${reserved.join(", ")}, got ${describeValue(name)}`,
    );
  }
  return names;
}

function makeColumn(fn: string, given: unknown, place: ColumnPlace): ConditionColumn {
  const kind = (given as { readonly kind?: unknown } | null)?.kind;
  if (typeof kind === "string" && Object.hasOwn(makers, kind)) {
    return makers[kind](fn, given as never, place);
  }
  throw new TypeError(
    `${fn}: column ${place.name} of the condition must have the kind ${Object.keys(makers).join(", ")}, got ${describeValue(kind ?? given)}`,
  );
}

const named = (
  columns: readonly (readonly [string, ConditionColumn])[],
  key: "variables" | "state",
): NamedVariables =>
  Object.fromEntries(
    columns.flatMap(([column, { [key]: own = {} }]) =>
      Object.entries(own).map(([name, variable]) => [`${column}/${name}`, variable]),
    ),
  );

/** 1 where a column is kept in training, `[B]`; `undefined` where nothing is dropped. */
function keepOf(
  name: string,
  rates: Readonly<Record<string, Schedule>>,
  { training, noise, scalars }: StepContext,
): tf.Tensor | undefined {
  if (!training || !Object.hasOwn(rates, name)) return undefined;
  return tf.cast(tf.greaterEqual(noise[dropNoise(name)], scalars[dropNoise(name)]), "float32");
}

/** Lets the columns learn from the training rows, as they are fed. */
async function fitColumns(
  columns: Readonly<Record<string, ConditionColumn>>,
  rows: Rows,
  indices: Int32Array,
): Promise<void> {
  if (Object.values(columns).every((column) => column.fit === undefined)) return;
  const buffers = Object.fromEntries(
    Object.entries(columns).map(([name, { column }]) => {
      const size = indices.length * column.shape.reduce((product, length) => product * length, 1);
      return [name, column.dtype === "int32" ? new Int32Array(size) : new Float32Array(size)];
    }),
  );
  await rows.fillInto(buffers, { indices });
  for (const [name, column] of Object.entries(columns)) {
    column.fit?.(buffers[name] as Float32Array);
  }
}
