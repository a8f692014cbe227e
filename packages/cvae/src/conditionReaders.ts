/** @file What people tell of a condition, by column: checked, and as it is fed. */
import { describeValue, type ColumnReader } from "@elbo/core";
import type { ConditionColumn } from "./conditionColumn.ts";
import { readConditionValues } from "./conditionValues.ts";
import { isRecord } from "./isRecord.ts";

/** What was told of a condition. */
export interface Telling {
  readonly columns: Readonly<Record<string, ConditionColumn>>;
  /** By name: the examples' own fields, or the call's. */
  readonly told: Readonly<Record<string, unknown>>;
  /** Examples. */
  readonly count: number;
  /** Whether a column may be missing. */
  readonly isOptional: (column: string) => boolean;
}

/**
 * Checks what was told of each column, by `condition`, `label` or `labels`, and says how it is fed.
 *
 * @throws TypeError or RangeError in one sentence naming the column
 */
export function conditionReaders(fn: string, telling: Telling): Record<string, ColumnReader> {
  const { columns, count } = telling;
  const values = valuesByColumn(fn, telling);
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => {
      const { value, called = name } = values[name] ?? {};
      const isOptional = telling.isOptional(name);
      if (value === undefined && (!isOptional || fn === "train")) {
        throw new TypeError(
          `${fn}: ${called === "label" ? "label or labels" : `${name} of the condition`} must be given, with the examples or as an option${isOptional ? ", null where it is missing" : ""}, got undefined`,
        );
      }
      const at = { fn, name: called };
      const { shape } = column;
      return [
        name,
        column.reader(at, readConditionValues(at, value ?? null, { shape, count, isOptional })),
      ];
    }),
  );
}

/** What was said of each column, and under what name. */
function valuesByColumn(
  fn: string,
  { columns, told }: Telling,
): Record<string, { readonly value: unknown; readonly called: string }> {
  const { condition = {}, label, labels } = told;
  if (!isRecord(condition)) {
    throw new TypeError(
      `${fn}: condition must be a record by column, got ${describeValue(condition)}`,
    );
  }
  const names = Object.keys(columns);
  const values: Record<string, { value: unknown; called: string }> = {};
  for (const [name, value] of Object.entries(condition)) {
    if (!names.includes(name)) {
      throw new TypeError(
        `${fn}: condition must have at most ${names.join(", ")}, got ${describeValue(name)}`,
      );
    }
    values[name] = { value, called: name };
  }
  if (!names.includes("label")) return values;
  const said = [
    { value: values["label"]?.value, called: "label" },
    { value: label, called: "label" },
    { value: labels, called: "labels" },
  ].filter(({ value }) => value !== undefined);
  if (said.length > 1) {
    throw new TypeError(`${fn}: label, labels or condition.label must be given, got several`);
  }
  return said.length === 0 ? values : { ...values, label: said[0] };
}
