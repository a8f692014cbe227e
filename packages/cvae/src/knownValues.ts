import type { ColumnReader } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import type { ConditionColumn } from "./conditionColumn.ts";
import type { ConditionValues } from "./conditionValues.ts";

/** Values that may be missing. */
export interface KnownOptions {
  readonly size: number;
  readonly isOptional: boolean;
  /** Values `[B, size]` as they enter the vector. */
  readonly of: (values: tf.Tensor) => tf.Tensor;
}

/** How numbers `[B, size]` are fed: optional ones with a further value, 1 where they are known and 0 where all are missing. */
export function knownValues({
  size,
  isOptional,
  of,
}: KnownOptions): Pick<ConditionColumn, "column" | "size" | "vector" | "none"> {
  if (!isOptional) {
    return {
      column: { shape: [size], dtype: "float32" },
      size,
      vector: (fed) => of(fed),
      none() {
        throw new Error("internal: a condition that is always there was left out");
      },
    };
  }
  return {
    column: { shape: [size + 1], dtype: "float32" },
    size: size + 1,
    vector(fed, keep) {
      const [values, told] = tf.split(fed, [size, 1], 1);
      const known = keep === undefined ? told : tf.mul(told, tf.expandDims(keep, 1)); // [B, 1]
      return tf.concat([tf.mul(of(values), known), known], 1);
    },
    none: (rows) => tf.zeros([rows, size + 1]),
  };
}

/** Writes values as {@link knownValues} are fed. */
export function knownReader(
  values: ConditionValues,
  { size, isOptional }: Pick<KnownOptions, "size" | "isOptional">,
): ColumnReader {
  const { data, isOne, isMissing } = values;
  return {
    fillRow(out, { at, index }) {
      const known = !isMissing(index);
      const from = isOne ? 0 : index * size;
      for (let i = 0; i < size; i++) out[at + i] = known ? data[from + i] : 0;
      if (isOptional) out[at + size] = known ? 1 : 0;
    },
  };
}
