import { EarlyStopping } from "./earlyStopping.ts";
import type { EpochOrigin } from "./epochs.ts";
import { HistoryLog } from "./history.ts";
import type { RunEngine } from "./checkpointMetadata.ts";
import type { RunSetup } from "./runSetup.ts";
import type { Values } from "./runWeights.ts";

/** Why a run is over. */
export type StopReason = "finished" | "early" | "stopped" | "aborted" | "diverged";

/** What changes while a run goes on. */
export class RunState {
  readonly early: EarlyStopping | undefined;
  history = new HistoryLog();
  /** The step with which the run began; a resumed one began where it first began. */
  start = 0;
  /** Updates of the trainable so far. */
  step = 0;
  /** Updates there will have been in the end. */
  end = 0;
  origin: EpochOrigin = { step: 0, epoch: 0, perEpoch: 1 };
  stopped: StopReason | undefined;
  message: string | undefined;
  /** What computed the part before a resume. */
  resumed: RunEngine | undefined;
  /** Weights of the best epoch, if any is kept. */
  best: Values = {};
  /** Weights that were finite, and the step that they are of. */
  good: { readonly step: number; readonly values: Values } = { step: 0, values: {} };
  private readonly setup: RunSetup;

  constructor(setup: RunSetup) {
    const { earlyStopping } = setup.options;
    this.setup = setup;
    this.early = earlyStopping && new EarlyStopping(earlyStopping);
  }

  /** Keeps a copy of the weights if they are finite, and says whether they are. */
  async keepGood(): Promise<boolean> {
    const { weights } = this.setup;
    if (!(await weights.isFinite())) return false;
    const { values } = this.good;
    const isFirst = Object.keys(values).length === 0;
    this.good = { step: this.step, values: isFirst ? await weights.readModel() : values };
    if (!isFirst) await weights.readModelInto(values);
    return true;
  }

  /** Ends the run for something that is not finite. */
  diverge(what: string): void {
    const { remedy } = this.setup.data.training.rows;
    this.stopped = "diverged";
    this.message = `train: ${what}; the model holds the weights of step ${this.good.step}${remedy === undefined ? "" : `; ${remedy}`}`;
  }
}
