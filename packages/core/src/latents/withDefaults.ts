import * as tf from "@tensorflow/tfjs-core";
import { sumPerExample } from "../distributions/distribution.ts";
import type { Distribution } from "../distributions/distribution.ts";
import { hasClosedForm, klDivergence } from "../distributions/klDivergence.ts";
import type { StepContext } from "../step/context.ts";
import type { Latents } from "./latents.ts";

type Needed = "kind" | "features" | "latent" | "posterior";

/** What must be said of latents whose posterior is a {@link Distribution}; the rest has defaults. */
export type LatentsDefinition = Pick<Latents, Needed> & Partial<Omit<Latents, Needed>>;

/** The name of the noise that posteriors are drawn from, unless a scheme draws by itself. */
export const posteriorNoise = "posterior";

/**
 * Latents with the defaults for a posterior that is a distribution over `[B, ...latent]`:
 *
 * - `noise`: `{ posterior }`, normal of the shape `latent`; `draw` transforms it; `mode` is the mean.
 * - `terms`: `rate = KL(q(z|x) || p(z))` in closed form where one is known, else the mean over draws of
 *   `log q(z|x) - log p(z)`; none without a prior.
 * - `logRatio`, `logPosteriorPairs` from the log densities; `describe` gives the parameters, or the mean.
 */
export function withDefaults(definition: LatentsDefinition): Latents {
  const { latent } = definition;
  const hasPrior = definition.prior !== undefined;
  const ratio = (posterior: Distribution, z: tf.Tensor, context: StepContext): tf.Tensor =>
    overDraws(context.draws, z, (given) => {
      const leading = given.rank - latent.length;
      const logP = priorOf(definition, context).logProb(given);
      const logQ = posterior.logProb(given);
      return tf.sub(sumPerExample(logP, leading), sumPerExample(logQ, leading)); // [(K,) B]
    });
  return {
    noise: { [posteriorNoise]: { kind: "normal", shape: latent, draws: true } },
    draw: (posterior, { noise, draws }) =>
      overDraws(draws, noise[posteriorNoise], (given) => posterior.sample(given)),
    mode: (posterior) => posterior.mean(),
    terms(posterior, z, context) {
      if (!hasPrior) return {};
      const p = priorOf(definition, context);
      return hasClosedForm(posterior, p)
        ? { rate: sumPerExample(klDivergence(posterior, p)) }
        : { rate: tf.neg(tf.mean(ratio(posterior, z, context), 0)) };
    },
    ...(hasPrior ? { logRatio: ratio } : {}),
    logPosteriorPairs: (posterior, z) => posterior.logProb(tf.expandDims(z, 1)), // [B, 1, L] -> [B, B, L]
    describe: parametersOf,
    ...definition,
  };
}

/** The prior of latents that have one. */
function priorOf(latents: Pick<Latents, "prior">, context: StepContext): Distribution {
  const prior = latents.prior?.(context);
  if (prior === undefined) throw new Error("internal: latents without a prior were asked for it");
  return prior;
}

/**
 * Applies something to draws `[K, B, ...]`. A single draw is handed over without its axis: in the gradients of parameters
 * that have none, broadcasting would cost a pass over memory.
 */
export function overDraws(
  draws: number,
  values: tf.Tensor,
  apply: (values: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  if (draws !== 1) return apply(values);
  return tf.expandDims(apply(tf.squeeze(values, [0])), 0);
}

/** The parameters of a distribution that shows them as a record of tensors, or its mean. */
function parametersOf(posterior: Distribution): Readonly<Record<string, tf.Tensor>> {
  const { parameters } = posterior as { parameters?: Readonly<Record<string, tf.Tensor>> };
  return parameters ?? { mean: posterior.mean() };
}
