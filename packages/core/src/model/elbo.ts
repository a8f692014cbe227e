import * as tf from "@tensorflow/tfjs-core";
import { assertKnownOptions, assertNumber } from "@elbo/common";
import { resolveSchedule } from "../objective/schedule.ts";
import type { Schedules } from "../step/part.ts";
import type { Terms } from "../step/terms.ts";
import type { Objective } from "./objective.ts";
import type { Operations, Pass } from "./operations.ts";

/**
 * The negative evidence lower bound with weights: `distortion = -log p(x|z)`, the mean over draws, and the schemes' own terms.
 *
 * With one level the terms have the scheme's names (`rate`), with several `<level>.<term>`. All weights 1 is the negative ELBO
 * (Kingma and Welling 2014, equation 3, arXiv:1312.6114); a weight of `rate` is the β of the β-VAE.
 *
 * @param options `weights` by term, numbers or schedules, at least 0; default 1 each
 * @throws TypeError or RangeError for a weight that is negative or not finite at some step
 */
export function elbo(options: { readonly weights?: Schedules } = {}): Objective {
  assertKnownOptions("elbo", options, ["weights"]);
  const { weights = {} } = options;
  for (const [name, weight] of Object.entries(weights)) {
    const argument = { fn: "elbo", name: `weight of ${name}` };
    if (typeof weight !== "function") assertNumber(argument, weight, { min: 0 });
    assertNumber(argument, resolveSchedule(weight).lowest, { min: 0 });
  }
  return {
    kind: "elbo",
    options: {
      weights: Object.fromEntries(
        Object.entries(weights).map(([name, weight]) => [name, resolveSchedule(weight).toJSON()]),
      ),
    },
    weights,
    terms: elboTerms,
  };
}

/** `distortion` and the levels' own terms. */
export function elboTerms(model: Operations, pass: Pass): Terms {
  const distortion = tf.neg(tf.mean(model.logLikelihood(pass), 0)); // [B]
  const levels = Object.entries(pass.levels);
  const own = levels.flatMap(([level, { terms }]) =>
    Object.entries(terms).map(
      ([name, term]) => [levels.length === 1 ? name : `${level}.${name}`, term] as const,
    ),
  );
  return { distortion, ...Object.fromEntries(own) };
}

/** Whether a term of {@link elboTerms} is a rate, of whatever level. */
export const isRate = (name: string): boolean => name === "rate" || name.endsWith(".rate");

/** `-(distortion + rates)` of means or values of terms by name; `undefined` where one is missing. */
export function elboOf(terms: Readonly<Record<string, number>>): number | undefined {
  const rates = Object.keys(terms).filter(isRate);
  if (!Object.hasOwn(terms, "distortion") || rates.length === 0) return undefined;
  return -rates.reduce((sum, name) => sum + terms[name], terms["distortion"]);
}
