/** A residual quantizer: each part quantizes what those before it left over. */
import * as tf from "@tensorflow/tfjs-core";
import { stopGradient, type Quantizer } from "@elbo/core";

export const residualByHand = (parts: readonly Quantizer[]): Quantizer => ({
  kind: "residual-by-hand",
  codeDim: parts[0].codeDim,
  codebookSize: parts.flatMap((part) => part.codebookSize),
  variables: Object.fromEntries(
    parts.flatMap((part, d) =>
      Object.entries(part.variables ?? {}).map(([name, v]) => [`${d}/${name}`, v]),
    ),
  ),
  state: Object.fromEntries(
    parts.flatMap((part, d) =>
      Object.entries(part.state ?? {}).map(([name, v]) => [`${d}/${name}`, v]),
    ),
  ),
  quantize(z, context) {
    let rest = z;
    const results = parts.map((part) => {
      const result = part.quantize(rest, context);
      rest = tf.sub(rest, stopGradient(result.rows));
      return result;
    });
    return {
      rows: tf.addN(results.map(({ rows }) => rows)),
      indices: tf.stack(
        results.map(({ indices }) => indices),
        -1,
      ),
      losses: Object.fromEntries(
        results.flatMap(({ losses }, d) =>
          Object.entries(losses).map(([name, loss]) => [`${name}${d}`, loss]),
        ),
      ),
    };
  },
  lookup: (indices) => tf.addN(tf.unstack(indices, -1).map((index, d) => parts[d].lookup(index))),
});
