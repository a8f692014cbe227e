import type { JsonObject } from "../json.ts";
import type { Random } from "../random/random.ts";

/** What becomes of the examples that do not fill the last batch of an epoch. */
export type LastBatch = "drop" | "fill";

/** What batches are cut from. */
export interface PlanData {
  /** The rows of the training part, ascending. */
  readonly indices: Int32Array;
  readonly batchSize: number;
  /** One class per row of the whole data set, if the data have any. */
  readonly labels?: ArrayLike<number> | undefined;
  /** Seeds the order. */
  readonly random: Random;
}

/** Batches in an order that depends on the seed alone, so that any batch of any epoch can be found without those before it. */
export interface BatchOrder {
  /** Batches in an epoch. */
  readonly batches: number;
  /** The rows of a batch; valid until the next call. */
  indices(epoch: number, batch: number): Int32Array;
}

/** How an epoch is cut into batches; made by `uniform`, `balanced` or `mixed`, or by hand. */
export interface BatchPlan {
  readonly kind: string;
  /** What makes an equal one again, for checkpoints; default none. */
  readonly options?: JsonObject;
  /** Examples per batch, where the plan says it itself. */
  readonly batchSize?: number;
  /**
   * The batches of a data set.
   *
   * @throws TypeError or RangeError in one sentence for data that it cannot cut
   */
  order(data: PlanData): BatchOrder;
}
