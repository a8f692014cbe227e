import type { EarlyStoppingOptions } from "./options.ts";

/** The best epoch so far, and how long ago it was. */
export interface EarlyStoppingState {
  readonly best: number | null;
  readonly bestEpoch: number;
  readonly waited: number;
}

/** Watches a figure that is to fall. */
export class EarlyStopping {
  private readonly options: Required<EarlyStoppingOptions>;
  state: EarlyStoppingState = { best: null, bestEpoch: -1, waited: 0 };

  constructor(options: Required<EarlyStoppingOptions>) {
    this.options = options;
  }

  /** Whether the model is to get its best weights in the end. */
  get restoresBest(): boolean {
    return this.options.restoreBest;
  }

  /** Takes the figure of an epoch and says whether it is the best, and whether to stop. */
  epoch(epoch: number, value: number): { readonly improved: boolean; readonly stop: boolean } {
    const { best, bestEpoch, waited } = this.state;
    const improved = best === null || value < best - this.options.minDelta;
    this.state = improved
      ? { best: value, bestEpoch: epoch, waited: 0 }
      : { best, bestEpoch, waited: waited + 1 };
    return { improved, stop: !improved && this.state.waited > this.options.patience };
  }
}
