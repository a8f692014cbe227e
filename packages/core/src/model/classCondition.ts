import * as tf from "@tensorflow/tfjs";
import { assertInteger, assertKnownOptions, assertOneOf } from "../arguments.ts";
import { createVariable } from "../createVariable.ts";
import type { JsonObject } from "../json.ts";
import { Random } from "../random/random.ts";

/** How labels become a condition. */
export interface ConditionOptions {
  /** Number of classes; labels lie in `[0, classes)`. */
  readonly classes: number;
  /** `"one-hot"` (default), or a trained `"embedding"`. */
  readonly kind?: "one-hot" | "embedding";
  /** Size of the embedding; default `min(classes, 16)`. One-hot vectors have the size `classes`. */
  readonly size?: number;
}

/** Labels `[B]` turned into vectors `[B, size]`. */
export interface Condition {
  readonly options: Required<ConditionOptions> & JsonObject;
  readonly classes: number;
  readonly size: number;
  readonly variables: readonly tf.Variable[];
  /** @param labels int32 `[B]` @returns `[B, size]` */
  vector(labels: tf.Tensor): tf.Tensor;
}

/** The size of the condition vector that the options give. */
export function conditionSize({ classes, kind = "one-hot", size }: ConditionOptions): number {
  return kind === "one-hot" ? classes : (size ?? Math.min(classes, 16));
}

/**
 * Makes the condition of a model of labelled data. The embedding starts at normal values of standard deviation 1.
 *
 * @throws RangeError when `classes` is below 1, or a size is given that does not fit
 */
export function createCondition(options: ConditionOptions, seed: number): Condition {
  const fn = "createCondition";
  assertKnownOptions(fn, options, ["classes", "kind", "size"]);
  const { classes, kind = "one-hot" } = options;
  assertInteger({ fn, name: "classes" }, classes, { min: 1 });
  assertOneOf({ fn, name: "kind" }, kind, ["one-hot", "embedding"]);
  const size = conditionSize(options);
  assertInteger({ fn, name: "size" }, size, { min: 1 });
  if (kind === "one-hot" && options.size !== undefined && options.size !== classes) {
    throw new RangeError(
      `createCondition: size of a one-hot condition must be classes (${classes}), got ${options.size}`,
    );
  }
  const common = { options: { classes, kind, size }, classes, size };
  if (kind === "one-hot") {
    return {
      ...common,
      variables: [],
      vector: (labels) => tf.cast(tf.oneHot(tf.cast(labels, "int32"), classes), "float32"), // [B, E]
    };
  }
  const random = new Random(seed).fork("condition");
  const table = createVariable([classes, size], (values) => {
    random.fillNormalInto(values);
  });
  return {
    ...common,
    variables: [table],
    vector: (labels) => tf.gather(table, tf.cast(labels, "int32")), // [B, E]
  };
}
