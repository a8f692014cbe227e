import type { Condition } from "@elbo/core";
import { classColumn, oneHot } from "./classColumn.ts";
import { conditionReaders } from "./conditionReaders.ts";

/** Where labels may be missing: what trains on them sums over the classes; encoding, decoding and scores need to know the class. */
const withoutLabels = ["train", "loss", "classify", "mapExamples"];

/**
 * A label that is known of some examples only, -1 or null of the others, as one-hot vector.
 *
 * @param remedy what to do when the loss is not finite
 */
export function labelOrNone(fn: string, classes: number, remedy?: string): Condition {
  const column = classColumn(
    fn,
    { kind: "class", classes },
    { name: "label", isOptional: true, seed: 0 },
  );
  return {
    kind: "label-or-none",
    options: { classes },
    columns: { label: column.column },
    size: classes,
    accepts: ["condition", "label", "labels"],
    vector: ({ label }) => oneHot(label, classes),
    readers(caller, told, count) {
      const isOptional = withoutLabels.includes(caller);
      const place = { name: "label", isOptional, seed: 0 };
      const columns = {
        label: isOptional ? column : classColumn(fn, { kind: "class", classes }, place),
      };
      const { label } = conditionReaders(caller, {
        columns,
        told,
        count,
        isOptional: () => isOptional,
      });
      return { label: remedy === undefined ? label : { ...label, remedy } };
    },
  };
}
