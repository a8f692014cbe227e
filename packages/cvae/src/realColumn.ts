import { createVariable, readOptions, rules, type OptionTable } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import type { ColumnPlace, ConditionColumn } from "./conditionColumn.ts";
import { forEachValue } from "./conditionValues.ts";
import { knownReader, knownValues } from "./knownValues.ts";

/** Real numbers as condition. */
export interface RealColumnOptions {
  readonly kind: "real";
  /** How many numbers a value has; without it a value is one number. */
  readonly size?: number;
}

const options = {
  kind: { rule: rules.oneOf(["real"]) },
  size: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    doc: "how many numbers a value has, if not one",
  },
} satisfies OptionTable<RealColumnOptions>;

/**
 * Real numbers `v`, standardized: `(v - mean) / deviation` of each over the rows of the training part where it is known, learned
 * once and saved with the weights; a number that never changes has the deviation 1.
 */
export function realColumn(
  fn: string,
  given: RealColumnOptions,
  { name, isOptional }: ColumnPlace,
): ConditionColumn {
  const { size: wanted } = readOptions(`${fn}: ${name}`, options, given);
  const size = wanted ?? 1;
  const mean = createVariable([size]);
  const deviation = createVariable([size], (values) => values.fill(1));
  /** 1 once the other two have been learned. */
  const fitted = createVariable([]);
  const fed = isOptional ? size + 1 : size;
  return {
    json: { kind: "real", ...(wanted === undefined ? {} : { size: wanted }) },
    shape: wanted === undefined ? [] : [wanted],
    state: { mean, deviation, fitted },
    ...knownValues({
      size,
      isOptional,
      of: (values) => tf.div(tf.sub(values, mean), deviation),
    }),
    reader(at, values) {
      forEachValue(values, size, (value, index) => {
        if (Number.isFinite(Math.fround(value))) return;
        const way = isOptional ? "; null stands for a missing value" : "";
        throw new RangeError(
          `${at.fn}: ${at.name} must be finite numbers of 32 bits, got ${value} at ${index}${way}`,
        );
      });
      return knownReader(values, { size, isOptional });
    },
    fit(rows) {
      if (fitted.dataSync()[0] === 1) return;
      const moments = momentsOf(rows, { size, fed });
      if (moments === undefined) return;
      tf.tidy(() => {
        mean.assign(tf.tensor(moments.means, [size]));
        deviation.assign(tf.tensor(moments.deviations, [size]));
        fitted.assign(tf.scalar(1));
      });
    },
  };
}

/** Means and deviations over the rows that are known, in two passes of float64; `undefined` where none is. */
function momentsOf(
  rows: Float32Array,
  { size, fed }: { readonly size: number; readonly fed: number },
): { readonly means: Float32Array; readonly deviations: Float32Array } | undefined {
  const known: number[] = [];
  for (let at = 0; at < rows.length; at += fed) {
    if (fed === size || rows[at + size] === 1) known.push(at);
  }
  if (known.length === 0) return undefined;
  const means = new Float32Array(size);
  const deviations = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const mean = known.reduce((sum, at) => sum + rows[at + i], 0) / known.length;
    const square = known.reduce((sum, at) => sum + (rows[at + i] - mean) ** 2, 0);
    means[i] = mean;
    deviations[i] = Math.sqrt(square / known.length) || 1;
  }
  return { means, deviations };
}
