import { uniform } from "../data/batchPlans.ts";
import type { BatchOrder, BatchPlan } from "../data/batchPlan.ts";
import { rowsOf } from "../data/arrayRows.ts";
import { splitExamples } from "../data/split.ts";
import { Random } from "../random/random.ts";
import type { Rows } from "../step/rows.ts";
import type { Trainable } from "../step/trainable.ts";

/** Rows of a data set. */
export interface RowSet {
  readonly rows: Rows;
  readonly indices: Int32Array;
}

/** What a run learns from and is validated on. */
export interface TrainingData {
  readonly training: RowSet;
  readonly validation: RowSet | undefined;
  /** What the option said: a fraction, or a data set of its own. */
  readonly validationGiven: number | Rows;
  readonly batchSize: number;
  readonly plan: BatchPlan;
  readonly order: BatchOrder;
}

/** What decides about {@link TrainingData}. */
export interface DataOptions {
  readonly validation: unknown;
  readonly seed: number;
  readonly batchSize: number | undefined;
  readonly plan: BatchPlan | undefined;
}

/**
 * Checks the data of a run and splits it.
 *
 * @throws TypeError or RangeError for data that do not fit the trainable, or a batch that cannot be filled
 */
export async function prepareData(
  trainable: Trainable,
  input: unknown,
  { validation, seed, batchSize: wanted, plan = uniform() }: DataOptions,
): Promise<TrainingData> {
  const rows = await rowsOf("train", trainable, input);
  const random = new Random(seed);
  const fraction = typeof validation === "number" ? validation : 0;
  const split = splitExamples(rows.count, { fraction, random: random.fork("split") });
  const own =
    typeof validation === "number" ? undefined : await rowsOf("train", trainable, validation);
  const indices = split.training;
  const batchSize = batchSizeOf(plan, wanted, indices.length);
  const order = plan.order({
    indices,
    batchSize,
    labels: rows.labels,
    random: random.fork("train").fork("order"),
  });
  if (order.batches < 1) {
    throw new RangeError(`train: plan ${plan.kind} must give at least one batch, got none`);
  }
  const held = own === undefined ? { rows, indices: split.validation } : whole(own);
  return {
    training: { rows, indices },
    validation: held.indices.length === 0 ? undefined : held,
    validationGiven: own ?? fraction,
    batchSize,
    plan,
    order,
  };
}

const whole = (rows: Rows): RowSet => ({
  rows,
  indices: Int32Array.from({ length: rows.count }, (_, i) => i),
});

function batchSizeOf(
  { kind, batchSize }: BatchPlan,
  wanted: number | undefined,
  available: number,
): number {
  if (batchSize !== undefined && wanted !== undefined && wanted !== batchSize) {
    throw new RangeError(
      `train: batchSize must be that of the plan ${kind} (${batchSize}) or be left out, got ${wanted}`,
    );
  }
  const size = batchSize ?? wanted ?? Math.min(128, available);
  if (size <= available) return size;
  throw new RangeError(
    `train: batchSize must be at most the number of training examples (${available}), got ${size}`,
  );
}
