import * as tf from "@tensorflow/tfjs-core";
import { isOfBatch } from "../step/terms.ts";
import type { Term, Terms } from "../step/terms.ts";
import type { StepPhase } from "./phases.ts";

/** A loss and what it is made of. */
export interface PhaseLoss {
  /** To be minimized, a scalar in nats per example. */
  readonly loss: tf.Scalar;
  /** The mean of each term over the batch, without the term's weight. */
  readonly means: Readonly<Record<string, tf.Scalar>>;
}

/** What a loss is computed with. */
export interface LossContext {
  readonly batchSize: number;
  /** Weights of terms that change from step to step, by the name of the term. */
  readonly scalars: Readonly<Record<string, tf.Tensor>>;
  /** Weights of the examples, `[B]`, if the data have any. */
  readonly exampleWeights: tf.Tensor | undefined;
}

/**
 * The loss of a phase: `1/B sum_b e_b sum_k w_k term_k[b] + sum_k w_k ofBatch_k`, with weights `w` of terms and `e` of examples.
 *
 * The mean is over B, not over the sum of `e`: an example of weight 2 counts as if it were there twice.
 *
 * @throws RangeError for terms of other shapes, no terms, or a weight without a term
 */
export function phaseLoss(
  phase: Pick<StepPhase, "name" | "weights">,
  given: Terms,
  context: LossContext,
): PhaseLoss {
  const terms = Object.entries(given);
  assertTerms(phase, terms, context.batchSize);
  const { exampleWeights } = context;
  const perExample: tf.Tensor[] = [];
  const ofBatch: tf.Tensor[] = [];
  const means: Record<string, tf.Scalar> = {};
  for (const [name, term] of terms) {
    const whole = isOfBatch(term);
    const values = whole ? term.ofBatch : weighted(term, exampleWeights);
    means[name] = (whole ? values : tf.mean(values)) as tf.Scalar;
    const share = weightedTerm(values, phase.weights.get(name), context.scalars[name]);
    if (share !== undefined) (whole ? ofBatch : perExample).push(share);
  }
  const parts = [...(perExample.length === 0 ? [] : [tf.mean(sum(perExample))]), ...ofBatch];
  return { loss: (parts.length === 0 ? tf.scalar(0) : sum(parts)) as tf.Scalar, means };
}

const weighted = (term: tf.Tensor, weights: tf.Tensor | undefined): tf.Tensor =>
  weights === undefined ? term : tf.mul(term, weights);

const sum = (tensors: readonly tf.Tensor[]): tf.Tensor => tensors.reduce((a, b) => tf.add(a, b));

/** A term times its weight; `undefined` for a weight that is 0 at every step. */
function weightedTerm(
  values: tf.Tensor,
  schedule: (((step: number) => number) & { readonly isConstant: boolean }) | undefined,
  scalar: tf.Tensor | undefined,
): tf.Tensor | undefined {
  if (schedule === undefined) return values;
  if (!schedule.isConstant) return tf.mul(values, scalar as tf.Tensor);
  const weight = schedule(0);
  if (weight === 0) return undefined;
  return weight === 1 ? values : tf.mul(values, weight);
}

function assertTerms(
  { name: phase, weights }: Pick<StepPhase, "name" | "weights">,
  terms: readonly (readonly [string, Term])[],
  batchSize: number,
): void {
  if (terms.length === 0) {
    throw new RangeError(`train: phase ${phase} must have a term, got none`);
  }
  for (const [name, term] of terms) {
    if (name === "loss") {
      throw new RangeError(`train: terms must not be named "loss", got one in phase ${phase}`);
    }
    const { shape } = isOfBatch(term) ? term.ofBatch : term;
    const fits = isOfBatch(term)
      ? shape.length === 0
      : shape.length === 1 && shape[0] === batchSize;
    if (fits) continue;
    const rule = isOfBatch(term)
      ? "a figure of the batch must be a scalar"
      : `a term must have the shape [${batchSize}], one value per example (or be { ofBatch: scalar })`;
    throw new RangeError(`train: ${rule}, got ${name} of the shape [${shape.join(", ")}]`);
  }
  const names = terms.map(([name]) => name);
  for (const name of weights.keys()) {
    if (names.includes(name)) continue;
    throw new RangeError(
      `train: a weight must belong to a term (${names.join(", ")}), got one of ${name}`,
    );
  }
}
