import { readOptions, rules, type OptionTable } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import type { ColumnPlace, ConditionColumn } from "./conditionColumn.ts";
import { forEachValue } from "./conditionValues.ts";
import { knownReader, knownValues } from "./knownValues.ts";

/** Attributes that an example has or has not, any number of them at once, as condition. */
export interface AttributesColumnOptions {
  readonly kind: "attributes";
  /** How many there are, at least 1; a value is a list of so many 0 or 1. */
  readonly count: number;
}

const options = {
  kind: { rule: rules.oneOf(["attributes"]) },
  count: { rule: rules.integer({ min: 1 }), doc: "how many there are" },
} satisfies OptionTable<AttributesColumnOptions>;

/** Attributes: 0 or 1 each, `[B, count]`; optional ones have a further value, 1 where they are known, and are 0 elsewhere. */
export function attributesColumn(
  fn: string,
  given: AttributesColumnOptions,
  { name, isOptional }: ColumnPlace,
): ConditionColumn {
  const { count } = readOptions(`${fn}: ${name}`, options, given);
  return {
    json: { kind: "attributes", count },
    shape: [count],
    ...knownValues({ size: count, isOptional, of: (values: tf.Tensor) => values }),
    reader(at, values) {
      forEachValue(values, count, (value, index) => {
        if (value === 0 || value === 1) return;
        throw new RangeError(`${at.fn}: ${at.name} must be 0 or 1 each, got ${value} at ${index}`);
      });
      return knownReader(values, { size: count, isOptional });
    },
  };
}
