import { posteriorRows } from "../../operations/posterior.ts";
import { Random } from "../../random/random.ts";
import type { Symptom } from "../symptom.ts";
import type { NdArray } from "@elbo/jit";

/** Variance of a latent over data and posterior from which on it has nothing to do with a prior of variance 1. */
const largest = 10;

/** A prior that is trained along may lie where it wants; only numbers that are of no use to a decoder are said. */
const largestLearned = 1e4;

/**
 * The aggregated posterior is far wider than the prior: `Var_x(E_q[z_d|x]) + E_x[Var_q(z_d|x)]`, which is 1 where the aggregated posterior is
 * a standard normal prior, or single posteriors are.
 */
export const explodingVariance: Symptom = {
  async measure({ model, rows, seed, compute }) {
    const random = new Random(seed).fork("explodingVariance");
    const posteriors = await posteriorRows(model, rows, { draws: 0, random, compute });
    let aggregated = 0;
    let single = 0;
    let found = false;
    for (const [level, { mean, logVar }] of Object.entries(posteriors)) {
      if (model.levels[level].prior === undefined || !isVectors(mean)) continue;
      found = true;
      const variances = variancesOf(mean, logVar);
      aggregated = highest(aggregated, variances.aggregated);
      single = highest(single, variances.single);
    }
    if (!found) return undefined;
    const isLearned = Object.values(model.levels).some(({ priorIsLearned }) => priorIsLearned);
    return { aggregated, single, limit: isLearned ? largestLearned : largest };
  },
  judge({ aggregated, single, limit }) {
    if (aggregated <= limit) return undefined;
    const ofPosterior = single > limit;
    return {
      severity: "wrong",
      evidence: ofPosterior
        ? `single posteriors have a variance of ${single.toPrecision(3)} (mean over examples, the widest dimension), the prior has 1`
        : `the latents of different examples have a variance of ${aggregated.toPrecision(3)} in the widest dimension, the prior has 1: draws from the prior are nowhere near them`,
      advice: ofPosterior
        ? "a smaller learning rate, clipNorm: 1, and inputs of mean 0 and deviation 1 (standardize: true)"
        : "a larger weight of the KL divergence (beta: 1 for a VAE), or a prior fitted to the latents (gaussianMixture, normalizingFlow)",
    };
  },
};

const isVectors = (array: NdArray | undefined): array is NdArray => array?.shape.length === 2;

/** The larger one, or NaN where one is not finite: such a variance has exploded too. */
const highest = (a: number, b: number): number => (Number.isNaN(b) ? Infinity : Math.max(a, b));

/** The largest over dimensions of `[n, L]`. */
function variancesOf(
  { data, shape: [n, L] }: NdArray,
  logVar: NdArray | undefined,
): { readonly aggregated: number; readonly single: number } {
  let aggregated = 0;
  let widest = 0;
  for (let d = 0; d < L; d++) {
    let [mean, squares, single] = [0, 0, 0];
    for (let i = d; i < n * L; i += L) mean += data[i] / n;
    for (let i = d; i < n * L; i += L) squares += (data[i] - mean) ** 2 / n;
    if (isVectors(logVar)) {
      for (let i = d; i < n * L; i += L) single += Math.exp(logVar.data[i]) / n;
    }
    aggregated = highest(aggregated, squares + single);
    widest = highest(widest, single);
  }
  return { aggregated, single: widest };
}
