import {
  computeOptions,
  mapExamples,
  readOptions,
  type ComputeOptions,
  type ExamplesLike,
  type NdArray,
} from "@elbo/core";
import { assertKind } from "./assertKind.ts";
import { logPosterior } from "./marginalObjective.ts";
import type { SemiSupervised } from "./semiSupervised.ts";

/** What a classifier says of examples. */
export interface Classification {
  /** The likeliest class of each. */
  readonly labels: Int32Array;
  /** Natural logarithms of the probabilities of the classes, `[n, classes]`: calibration takes them for logits. */
  readonly logProbabilities: NdArray<Float32Array>;
}

/**
 * q(y|x) of a semi-supervised model: what its classifier says, without the generative part.
 *
 * @throws TypeError or RangeError for examples that do not fit
 */
export async function classify(
  model: SemiSupervised,
  x: ExamplesLike,
  options: ComputeOptions = {},
): Promise<Classification> {
  const caller = "classify";
  assertKind({ fn: caller, name: "model" }, model, ["semi-supervised"]);
  readOptions(caller, computeOptions, options);
  const likelihood = model.example["x"];
  const { logQ } = await mapExamples(model, x, {
    ...options,
    name: caller,
    caller,
    run: (batch, context) => ({
      logQ: logPosterior(model.operations, { options: { likelihood }, batch, context }),
    }),
  });
  return classification(logQ as NdArray<Float32Array>);
}

/** The likeliest classes of log probabilities `[n, classes]`. */
export function classification(logProbabilities: NdArray<Float32Array>): Classification {
  const { data, shape } = logProbabilities;
  const [count, classes] = shape;
  const labels = new Int32Array(count);
  for (let n = 0; n < count; n++) {
    for (let y = 1; y < classes; y++) {
      if (data[n * classes + y] > data[n * classes + labels[n]]) labels[n] = y;
    }
  }
  return { labels, logProbabilities };
}
