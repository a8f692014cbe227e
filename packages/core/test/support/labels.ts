import * as tf from "@tensorflow/tfjs-core";
import { toLabels } from "../../src/index.ts";
import type { Condition } from "../../src/index.ts";

/** One-hot classes as condition: column `y`, given by `labels` or `label`. */
export const labelled = (classes: number): Condition => ({
  kind: "test-classes",
  options: { classes },
  columns: { y: { shape: [], dtype: "int32" } },
  size: classes,
  accepts: ["labels", "label"],
  vector: ({ y }) => tf.cast(tf.oneHot(tf.cast(y, "int32"), classes), "float32"),
  readers(fn, { labels, label }, count) {
    const given = labels ?? (label === undefined ? undefined : new Array(count).fill(label));
    const list = toLabels(given, { fn, count, classes });
    return { y: { fillRow: (out, { at, index }) => void (out[at] = list[index]) } };
  },
});
