import { createVariable, Random, readOptions, rules, type OptionTable } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import type { ColumnPlace, ConditionColumn } from "./conditionColumn.ts";
import { forEachValue } from "./conditionValues.ts";

/** A class among several as condition. */
export interface ClassColumnOptions {
  readonly kind: "class";
  /** Number of classes, at least 1; labels lie in `[0, classes)`. */
  readonly classes: number;
  /** Size of a trained embedding in the place of one-hot vectors, such as 16 for 1000 classes. */
  readonly embedding?: number;
}

const options = {
  kind: { rule: rules.oneOf(["class"]) },
  classes: { rule: rules.integer({ min: 1 }), doc: "number of classes" },
  embedding: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    doc: "size of a trained embedding in the place of one-hot vectors",
  },
} satisfies OptionTable<ClassColumnOptions>;

/** What is fed for a label that nobody knows. */
export const noLabel = -1;

/**
 * A class: one-hot vectors `[B, classes]`, or rows of a trained table `[B, embedding]`, which starts at normal values of standard
 * deviation 1. A missing class is -1 or null: all zeros, or a row of the table of its own.
 */
export function classColumn(
  fn: string,
  given: ClassColumnOptions,
  { name, isOptional, seed }: ColumnPlace,
): ConditionColumn {
  const { classes, embedding } = readOptions(`${fn}: ${name}`, options, given);
  const size = embedding ?? classes;
  const common: Pick<ConditionColumn, "column" | "shape" | "size" | "reader"> = {
    column: { shape: [], dtype: "int32" },
    shape: [],
    size,
    reader(at, values) {
      const lowest = isOptional ? noLabel : 0;
      const missing = isOptional ? " (-1 or null where it is missing)" : "";
      forEachValue(values, 1, (value, index) => {
        if (Number.isInteger(value) && value >= lowest && value < classes) return;
        const place = values.isOne ? "" : ` at ${index}`;
        throw new RangeError(
          `${at.fn}: ${at.name} must be integers in [0, ${classes})${missing}, got ${value}${place}`,
        );
      });
      return {
        fillRow(out, { at: place, index }) {
          out[place] = values.isMissing(index) ? noLabel : values.data[values.isOne ? 0 : index];
        },
      };
    },
  };
  if (embedding === undefined) {
    return {
      json: { kind: "class", classes },
      ...common,
      vector: (fed, keep) => oneHot(keptOf(fed, keep), classes),
      none: (rows) => tf.zeros([rows, classes]),
    };
  }
  const rows = isOptional ? classes + 1 : classes; // the last one is that of no class
  const random = new Random(seed).fork("condition", name);
  const table = createVariable([rows, embedding], (values) => {
    random.fillNormalInto(values);
  });
  return {
    json: { kind: "class", classes, embedding },
    ...common,
    variables: { embedding: table },
    vector(fed, keep) {
      const labels = keptOf(fed, keep);
      const isMissing = tf.less(labels, 0);
      const index = isOptional
        ? tf.where(isMissing, tf.fill(labels.shape, classes), labels)
        : labels;
      return tf.gather(table, tf.cast(index, "int32")); // [B, E]
    },
    none: (count) => tf.gather(table, tf.fill([count], classes, "int32")),
  };
}

/** Labels as floats, -1 where they are dropped. */
function keptOf(fed: tf.Tensor, keep: tf.Tensor | undefined): tf.Tensor {
  const labels = tf.cast(fed, "float32");
  return keep === undefined ? labels : tf.sub(tf.mul(tf.add(labels, 1), keep), 1);
}

/** One-hot rows `[B, classes]`, zeros for -1; TF.js's own refuse a single class. */
export function oneHot(labels: tf.Tensor, classes: number): tf.Tensor {
  const column = tf.expandDims(tf.cast(labels, "float32"), 1);
  return tf.cast(tf.equal(column, tf.range(0, classes, 1, "float32")), "float32");
}
