/** A Student t likelihood: Gaussian in the middle, with tails that forgive outliers. */
import * as tf from "@tensorflow/tfjs-core";
import { numbersReader } from "@elbo/core";
import type { Likelihood } from "@elbo/core";

/**
 * `log p(x) = c - (df + 1) / 2 log(1 + ((x - m) / s)^2 / df)` with the decoder's m and a fixed scale s, up to the constant
 * `c = log G((df + 1) / 2) - log G(df / 2) - log(df pi) / 2 - log s`, here for df = 3: `log(2 / (pi sqrt 3)) - log s`.
 */
export const studentT = (shape: readonly number[], { scale = 0.1 } = {}): Likelihood => ({
  kind: "student-t",
  options: { scale },
  column: { shape, dtype: "float32" },
  parameterShape: shape,
  reader: (at, values) => numbersReader(at, values, { shape }),
  distribution: (mean) => ({
    kind: "student-t",
    noise: "uniform",
    mean: () => mean,
    logProb(x) {
      const squares = tf.square(tf.div(tf.sub(x, mean), scale));
      return tf.sub(
        Math.log(2 / (Math.PI * Math.sqrt(3))) - Math.log(scale),
        tf.mul(2, tf.log1p(tf.div(squares, 3))),
      );
    },
    sample: () => mean,
  }),
});
