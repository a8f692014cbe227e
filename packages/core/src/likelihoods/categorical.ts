import * as tf from "@tensorflow/tfjs-core";
import { categorical } from "../distributions/categorical.ts";
import { sumPerExample } from "../distributions/distribution.ts";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { Likelihood } from "./likelihood.ts";
import { indicesReader } from "./readers.ts";

/** Options of {@link categoricalLikelihood}. */
export interface CategoricalLikelihoodOptions {
  /** Number of choices, at least 2: values are integers in `[0, classes)`. */
  readonly classes: number;
  /** A choice that costs nothing: what sequences are filled up with; default none. */
  readonly padding?: number;
}

const options = {
  classes: { rule: rules.integer({ min: 2 }), doc: "number of choices" },
  padding: {
    rule: rules.integer({ min: 0 }),
    default: undefined,
    doc: "a choice that costs nothing: what sequences are filled up with",
  },
} satisfies OptionTable<CategoricalLikelihoodOptions>;

/**
 * Choices, such as tokens `[length]` or one column of a table `[]`; the decoder gives logits `[...shape, classes]`, an encoder
 * gets one-hot rows of that shape. The distribution's mean is the probabilities.
 *
 * @param shape of the column per example
 * @throws TypeError or RangeError when an option is unknown, missing or out of range
 */
export function categoricalLikelihood(
  shape: readonly number[],
  given: CategoricalLikelihoodOptions,
): Likelihood {
  const fn = "categoricalLikelihood";
  const { classes, padding } = readOptions(fn, options, given);
  if (padding !== undefined && padding >= classes) {
    throw new RangeError(`${fn}: padding must be below classes (${classes}), got ${padding}`);
  }
  const parameterShape = [...shape, classes];
  const distribution = (decoded: tf.Tensor): ReturnType<typeof categorical> =>
    categorical({ logits: decoded });
  return {
    kind: "categorical",
    options: { classes, ...(padding === undefined ? {} : { padding }) },
    column: { shape, dtype: "int32" },
    parameterShape,
    meanShape: parameterShape,
    unbounded: "logits",
    drawNoise: { kind: "gumbel", shape: parameterShape },
    input: {
      shape: parameterShape,
      of: (values) => tf.oneHot(tf.cast(values, "int32"), classes, 1, 0, "float32"),
    },
    reader: (at, values) => indicesReader(at, values, { shape, classes }),
    distribution,
    logProb(decoded, values) {
      const indices = tf.cast(values, "int32");
      const perValue = distribution(decoded).logProb(indices);
      const counted =
        padding === undefined
          ? perValue
          : tf.mul(perValue, tf.cast(tf.notEqual(indices, padding), "float32"));
      return sumPerExample(counted, decoded.rank - parameterShape.length);
    },
  };
}
