import type { Random } from "../random/random.ts";

/** How a data set is cut into batches. */
export interface BatchPlanOptions {
  /** The examples to use, as indices of the data set. */
  readonly indices: Int32Array;
  readonly batchSize: number;
  /** Seeds the order of every epoch. */
  readonly random: Random;
  /** What happens to the examples that do not fill a batch: left out of this epoch (default), or a smaller batch. */
  readonly last?: "drop" | "keep";
}

/**
 * Batches of indices in an order that depends on the seed and the epoch alone, so that any batch of any epoch can be
 * found without those before it.
 */
export class BatchPlan {
  /** Number of batches in an epoch. */
  readonly batches: number;
  private readonly options: BatchPlanOptions;
  private epoch = -1;
  private order = new Int32Array(0);

  /** @param options what to cut; there must be at least one batch */
  constructor(options: BatchPlanOptions) {
    const { indices, batchSize, last = "drop" } = options;
    this.options = options;
    this.batches =
      last === "drop"
        ? Math.floor(indices.length / batchSize)
        : Math.ceil(indices.length / batchSize);
  }

  /** The indices of a batch; a view that is valid until another epoch is asked for. */
  indices(epoch: number, batch: number): Int32Array {
    const { indices, batchSize, random } = this.options;
    if (epoch !== this.epoch) {
      const permutation = random.fork("order", epoch).permutation(indices.length);
      this.order = permutation.map((position) => indices[position]);
      this.epoch = epoch;
    }
    return this.order.subarray(batch * batchSize, (batch + 1) * batchSize);
  }
}
