import * as tf from "@tensorflow/tfjs-core";
import { bernoulliKl } from "./bernoulli.ts";
import type { Bernoulli } from "./bernoulli.ts";
import { categoricalKl } from "./categorical.ts";
import type { Categorical } from "./categorical.ts";
import type { Distribution } from "./distribution.ts";
import { gaussianKl } from "./gaussian.ts";
import type { Gaussian } from "./gaussian.ts";
import { laplaceKl } from "./laplace.ts";
import type { Laplace } from "./laplace.ts";

/** KL(q || p) per dimension, in nats. */
export type ClosedForm<Q = Distribution, P = Distribution> = (q: Q, p: P) => tf.Tensor;

/** The closed forms there are, by the kinds of the first and the second distribution. */
const closedForms = new Map<string, ClosedForm<never, never>>([
  [
    "gaussian, gaussian",
    (q: Gaussian, p: Gaussian): tf.Tensor => gaussianKl(q.parameters, p.parameters),
  ],
  [
    "laplace, laplace",
    (q: Laplace, p: Laplace): tf.Tensor => laplaceKl(q.parameters, p.parameters),
  ],
  ["bernoulli, bernoulli", (q: Bernoulli, p: Bernoulli): tf.Tensor => bernoulliKl(q, p)],
  ["categorical, categorical", (q: Categorical, p: Categorical): tf.Tensor => categoricalKl(q, p)],
]);

const pairOf = (q: string, p: string): string => `${q}, ${p}`;

/**
 * Adds a closed form for a pair of kinds, or replaces one.
 *
 * @param kinds of the first and the second distribution, such as `["laplace", "gaussian"]`
 */
export function registerKlDivergence<Q extends Distribution, P extends Distribution>(
  kinds: readonly [string, string],
  closedForm: ClosedForm<Q, P>,
): void {
  closedForms.set(pairOf(...kinds), closedForm);
}

/** Whether {@link klDivergence} of a pair needs no draws. */
export function hasClosedForm(q: Distribution, p: Distribution): boolean {
  return closedForms.has(pairOf(q.kind, p.kind));
}

/**
 * KL(q || p) per dimension, in nats: `E_q[ln q(x) - ln p(x)]`, by a closed form where one is known, else the mean over draws.
 *
 * @param q what the expectation is over, parameters `[B, ...]`
 * @param draws of q, `[B, ...]` or `[K, B, ...]`; used only for a pair without closed form, and differentiated through
 * @returns the shape of the parameters, `[B, ...]`
 * @throws TypeError for a pair without a closed form when there are no draws
 */
export function klDivergence(q: Distribution, p: Distribution, draws?: tf.Tensor): tf.Tensor {
  const closedForm = closedForms.get(pairOf(q.kind, p.kind));
  if (closedForm !== undefined) return closedForm(q as never, p as never);
  if (draws === undefined) {
    throw new TypeError(
      `klDivergence: a pair without a closed form (there are ${[...closedForms.keys()].join("; ")}) needs draws, got ${pairOf(q.kind, p.kind)} and none`,
    );
  }
  const ratios = tf.sub(q.logProb(draws), p.logProb(draws));
  return ratios.rank > q.mean().rank ? tf.mean(ratios, 0) : ratios;
}
