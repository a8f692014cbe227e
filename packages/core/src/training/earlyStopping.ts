import { rules } from "@elbo/common";
import type { OptionTable, OptionValues } from "@elbo/common";

/** When to stop before the end. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement before training stops; default 5. */
  readonly patience?: number;
  /** What counts as improvement; default 0. */
  readonly minDelta?: number;
  /** Whether the model gets the weights of its best epoch in the end; default true. */
  readonly restoreBest?: boolean;
  /** The figure of the validation that is watched; default `"loss"`: what is trained, with the weights that the terms have in the end. */
  readonly watch?: string;
  /** Whether that figure is to fall or to rise; default `"max"` for `"elbo"`, else `"min"`. */
  readonly goal?: "min" | "max";
}

/** {@link EarlyStoppingOptions} as a table. */
export const earlyStoppingTable = {
  patience: {
    rule: rules.integer({ min: 0 }),
    default: 5,
    doc: "epochs without improvement before training stops",
  },
  minDelta: { rule: rules.number({ min: 0 }), default: 0, doc: "what counts as improvement" },
  restoreBest: {
    rule: rules.boolean(),
    default: true,
    doc: "whether the best weights are taken in the end",
  },
  watch: {
    rule: rules.text(),
    default: "loss",
    doc: "the figure of the validation that is watched",
  },
  goal: {
    rule: rules.oneOf(["min", "max"]),
    default: undefined,
    shown: "max for elbo, else min",
    doc: "whether it is to fall or to rise",
  },
} satisfies OptionTable<EarlyStoppingOptions>;

/** {@link EarlyStoppingOptions} with their defaults. */
export type CheckedEarlyStopping = OptionValues<typeof earlyStoppingTable>;

/** The best epoch so far, and how long ago it was. */
export interface EarlyStoppingState {
  /** The figure, turned so that it is to fall. */
  readonly best: number | null;
  readonly bestEpoch: number;
  /** Epochs since. */
  readonly waited: number;
}

/** Watches a figure of the validations. */
export class EarlyStopping {
  private readonly options: CheckedEarlyStopping;
  state: EarlyStoppingState = { best: null, bestEpoch: -1, waited: 0 };

  constructor(options: CheckedEarlyStopping) {
    this.options = options;
  }

  /** Whether the model is to get its best weights in the end. */
  get restoresBest(): boolean {
    return this.options.restoreBest;
  }

  /**
   * Takes the figures of an epoch's validation and says whether they are the best, and whether to stop.
   *
   * @throws RangeError when the figure watched is not among them
   */
  epoch(
    epoch: number,
    figures: Readonly<Record<string, number>>,
  ): { readonly improved: boolean; readonly stop: boolean } {
    const { best, bestEpoch, waited } = this.state;
    const value = this.watched(figures);
    const improved = best === null || value < best - this.options.minDelta;
    this.state = improved
      ? { best: value, bestEpoch: epoch, waited: 0 }
      : { best, bestEpoch, waited: waited + 1 };
    return { improved, stop: !improved && this.state.waited > this.options.patience };
  }

  private watched(figures: Readonly<Record<string, number>>): number {
    const { watch, goal = watch === "elbo" ? "max" : "min" } = this.options;
    if (!Object.hasOwn(figures, watch)) {
      throw new RangeError(
        `train: earlyStopping.watch must be a figure of the validation (${Object.keys(figures).join(", ")}), got ${JSON.stringify(watch)}`,
      );
    }
    return goal === "max" ? -figures[watch] : figures[watch];
  }
}
