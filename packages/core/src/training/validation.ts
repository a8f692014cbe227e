import { exampleTerms } from "../runner/terms.ts";
import type { Random } from "../random/random.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Schedule } from "../step/schedule.ts";
import type { Trainable } from "../step/trainable.ts";
import type { Figures } from "./history.ts";
import type { StepPhase } from "./phases.ts";
import type { RowSet } from "./trainingData.ts";

/** When and how to validate. */
interface ValidationOptions {
  /** The first one's loss is the trainable's. */
  readonly phases: readonly Pick<StepPhase, "name" | "weights">[];
  /** The same at every epoch, so that epochs are compared on equal noise. */
  readonly random: Random;
  /** The step at which the schedules of parts are read. */
  readonly step: number;
  readonly compute: ComputeOptions;
}

/**
 * Means of all terms over the held-out examples (of terms of the batch, over the whole batches), further figures of the
 * trainable, and `loss`: the terms of the first phase with the weights that they have in the end, so that epochs are compared
 * on one objective while weights are still changing.
 */
export async function validate(
  trainable: Trainable,
  { rows, indices }: RowSet,
  { phases: [first, ...others], random, step, compute }: ValidationOptions,
): Promise<Figures> {
  const { terms, ofBatch, sums } = await exampleTerms(trainable, rows, {
    indices,
    random,
    step,
    compute,
    metrics: trainable.metrics !== undefined,
  });
  const weights = rows.weights && Float64Array.from(indices, (index) => rows.weights?.[index] ?? 1);
  const means: Record<string, number> = {};
  for (const [name, values] of Object.entries(terms)) means[name] = meanOf(values, weights);
  for (const [name, values] of Object.entries(ofBatch)) means[name] = meanOf(values);
  let loss = 0;
  for (const [name, mean] of Object.entries(means)) {
    const isOther = others.some((phase) => name.startsWith(`${phase.name}.`));
    if (!isOther) loss += endOf(first.weights.get(name)) * mean;
  }
  const further = trainable.metrics?.finish(sums, indices.length);
  return { loss, ...trainable.figures?.(means), ...means, ...further };
}

/** The weight that a term has in the end. */
function endOf(weight: Schedule | undefined): number {
  if (weight === undefined) return 1;
  const end = weight(Infinity);
  // Schedules made by hand may not know infinity.
  return Number.isFinite(end) ? end : weight(Number.MAX_SAFE_INTEGER);
}

function meanOf(values: Float64Array, weights?: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * (weights?.[i] ?? 1);
  return sum / values.length;
}
