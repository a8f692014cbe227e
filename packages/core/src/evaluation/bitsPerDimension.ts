import type { ExamplesLike } from "../data/examples.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { sizeOf } from "../shape.ts";
import type { Estimate } from "./estimate.ts";
import { evaluate } from "./evaluate.ts";
import type { EvaluateOptions } from "./evaluate.ts";

/** Likelihoods that give probabilities: of grey levels, of categories, of values that are or become binary. */
const isDiscrete = ({ kind, options }: Likelihood): boolean =>
  kind === "discretized-logistic" ||
  kind === "categorical" ||
  (kind === "bernoulli" && options?.["binarize"] !== "none");

/**
 * The negative ELBO in bits per value of an example: `-elbo / (values ln 2)`, an upper bound of what a lossless code takes.
 *
 * Images that are binarized are binary images then: their bits are not those of grey ones. A density has no bits: its logarithm depends on the unit of its values. So only discrete likelihoods are taken.
 *
 * @throws TypeError for a likelihood that is a density, or the cross-entropy of grey values, Error for a model without an ELBO
 */
export async function bitsPerDimension(
  model: LatentVariableModel,
  examples: ExamplesLike,
  options: EvaluateOptions = {},
): Promise<Estimate> {
  const fn = "bitsPerDimension";
  for (const [name, likelihood] of Object.entries(model.example)) {
    if (isDiscrete(likelihood)) continue;
    throw new TypeError(
      `${fn}: likelihood must be one of probabilities, not a density or a cross-entropy of grey values, got ${likelihood.kind} of ${name}; use { kind: "discretized-logistic" }`,
    );
  }
  const { elbo } = (await evaluate(model, examples, options)) as { readonly elbo?: Estimate };
  if (elbo === undefined)
    throw new Error(`${fn}: model must have an ELBO, got a ${model.kind} without`);
  const values = Object.values(model.example).reduce(
    (sum, { column }) => sum + sizeOf(column.shape),
    0,
  );
  const scale = 1 / (values * Math.LN2);
  return { mean: -elbo.mean * scale, standardError: elbo.standardError * scale };
}
