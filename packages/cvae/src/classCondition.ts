import {
  createVariable,
  describeValue,
  Random,
  readOptions,
  rules,
  toLabels,
  type ColumnReader,
  type Condition,
  type OptionTable,
} from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";

/** Options of {@link classCondition}. */
export interface ClassConditionOptions {
  /** Number of classes, at least 1; labels lie in `[0, classes)`. */
  readonly classes: number;
  /** `"one-hot"` (default), or a trained `"embedding"`. */
  readonly kind?: "one-hot" | "embedding";
  /** Size of the embedding; default `min(classes, 16)`. One-hot vectors have the size `classes`. */
  readonly size?: number;
  /** Seed of the embedding; default 0. */
  readonly seed?: number;
}

const options = {
  classes: { rule: rules.integer({ min: 1 }), doc: "number of classes" },
  kind: {
    rule: rules.oneOf(["one-hot", "embedding"]),
    default: "one-hot",
    doc: "how labels become vectors",
  },
  size: { rule: rules.integer({ min: 1 }), default: undefined, doc: "size of the embedding" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the embedding" },
} satisfies OptionTable<ClassConditionOptions>;

/**
 * A class as condition: the column `y` of int32 labels, as one-hot vectors `[B, classes]` or rows of a trained table `[B, size]`,
 * which starts at normal values of standard deviation 1.
 *
 * Labels come with the examples, or by `labels` (one each) or `label` (one for all) in a call.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range, or a size is given that does not fit
 */
export function classCondition(given: ClassConditionOptions): Condition {
  const fn = "classCondition";
  const { classes, kind, size: wanted, seed } = readOptions(fn, options, given);
  if (kind === "one-hot" && wanted !== undefined && wanted !== classes) {
    throw new RangeError(
      `${fn}: size of a one-hot condition must be classes (${classes}), got ${wanted}`,
    );
  }
  const size = kind === "one-hot" ? classes : (wanted ?? Math.min(classes, 16));
  const common = {
    kind: "class",
    options: { classes, kind, size, seed },
    columns: { y: { shape: [], dtype: "int32" as const } },
    size,
    accepts: ["labels", "label"],
    readers: (caller: string, told: Readonly<Record<string, unknown>>, count: number) => ({
      y: labelReader(caller, told, { classes, count }),
    }),
  };
  if (kind === "one-hot") return { ...common, vector: ({ y }) => oneHot(y, classes) };
  const random = new Random(seed).fork("condition");
  const table = createVariable([classes, size], (values) => {
    random.fillNormalInto(values);
  });
  return {
    ...common,
    variables: { embedding: table },
    vector: ({ y }) => tf.gather(table, tf.cast(y, "int32")), // [B, E]
  };
}

/** One-hot rows `[B, classes]`; TF.js's own refuse a single class. */
const oneHot = (y: tf.Tensor, classes: number): tf.Tensor =>
  classes === 1
    ? tf.ones([y.shape[0], 1])
    : tf.cast(tf.oneHot(tf.cast(y, "int32"), classes), "float32");

/** Labels of examples, or one label for all. */
function labelReader(
  fn: string,
  { label, labels }: Readonly<Record<string, unknown>>,
  { classes, count }: { readonly classes: number; readonly count: number },
): ColumnReader {
  if (label !== undefined && labels !== undefined) {
    throw new TypeError(`${fn}: label or labels must be given, got both`);
  }
  if (label !== undefined) {
    rules.integer({ min: 0, below: classes }).read({ fn, name: "label" }, label);
    return { fillRow: (out, { at }) => void (out[at] = label as number) };
  }
  if (labels === undefined) {
    throw new TypeError(
      `${fn}: label or labels must be given for a model of labelled data, with the examples or as an option, got ${describeValue(labels)}`,
    );
  }
  const list = toLabels(labels, { fn, count, classes });
  return { fillRow: (out, { at, index }) => void (out[at] = list[index]) };
}
