/** What a decoder gives, cut into the parameters of each column's likelihood. */
import * as tf from "@tensorflow/tfjs-core";
import { overDraws } from "../latents/withDefaults.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { logLikelihoodOf as logLikelihoodOfColumn } from "../likelihoods/likelihood.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import { sizeOf } from "../shape.ts";
import type { Columns } from "../step/columns.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";

/** Shape per example of the decoder's output: the one column's parameters, or all of them flat, one column after the other. */
export function decoderShape(example: ExampleSpec): readonly number[] {
  const shapes = Object.values(example).map(({ parameterShape }) => parameterShape);
  if (shapes.length === 1) return shapes[0];
  return [shapes.reduce((sum, shape) => sum + sizeOf(shape), 0)];
}

/** Parameters by column, `[...leading, ...parameterShape]`, of what the decoder gave, `[...leading, ...decoderShape]`. */
export function parametersByColumn(example: ExampleSpec, decoded: tf.Tensor): Columns {
  const names = Object.keys(example);
  if (names.length === 1) return { [names[0]]: decoded };
  const leading = decoded.shape.slice(0, -1);
  const sizes = names.map((name) => sizeOf(example[name].parameterShape));
  const parts = tf.split(decoded, sizes, decoded.rank - 1);
  return Object.fromEntries(
    names.map((name, i) => [
      name,
      tf.reshape(parts[i], [...leading, ...example[name].parameterShape]),
    ]),
  );
}

/** `log p(x|z)` of draws, summed over all columns: `[K, B]` of `decoded` `[K, B, ...]`. */
export function logLikelihoodOf(
  example: ExampleSpec,
  decoded: tf.Tensor,
  batch: Columns,
): tf.Tensor {
  const draws = decoded.shape[0];
  const terms = Object.entries(parametersByColumn(example, decoded)).map(([name, parameters]) =>
    overDraws(draws, parameters, (given) =>
      logLikelihoodOfColumn(example[name], given, { values: batch[name], columns: batch }),
    ),
  );
  return terms.length === 1 ? terms[0] : tf.addN(terms);
}

/** What is shown of a column: the most likely category, or the mean. */
export function shownOf({ column }: Likelihood, distribution: Distribution): tf.Tensor {
  const mode = column.dtype === "int32" ? distribution.mode?.() : undefined;
  return mode ?? distribution.mean();
}
