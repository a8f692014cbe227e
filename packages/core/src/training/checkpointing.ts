import type { EngineReport } from "@elbo/jit";
import type { JsonObject } from "../json.ts";
import { writeCheckpoint } from "./checkpointFile.ts";
import type { RunEngine } from "./checkpointMetadata.ts";
import { runIdentity } from "./runIdentity.ts";
import type { RunSetup } from "./runSetup.ts";
import { bestValues } from "./runStart.ts";
import type { RunState } from "./runState.ts";

/** What of an engine's report decides about the bits of results. */
export function engineOf(report: EngineReport | undefined): RunEngine | undefined {
  if (report === undefined) return undefined;
  const { engine, device, threads, instructionSet } = report as RunEngine;
  return { engine, device, threads, ...(instructionSet === undefined ? {} : { instructionSet }) };
}

/** The report of an engine that computed a run before it was resumed: as much of it as a checkpoint keeps. */
export function reportOf(engine: RunEngine | undefined): EngineReport | undefined {
  if (engine === undefined) return undefined;
  const { instructionSet = "" } = engine;
  return { ...engine, instructionSet, skipped: [], compileMs: 0 } as EngineReport;
}

/** Writes the checkpoints of a run. */
export class Checkpointing {
  private readonly setup: RunSetup;
  private readonly state: RunState;
  private savedStep = -1;
  private identity: JsonObject | undefined;

  constructor(setup: RunSetup, state: RunState) {
    this.setup = setup;
    this.state = state;
  }

  /**
   * Whether a checkpoint is due.
   *
   * @param step steps that are made then
   */
  isDue(step: number, isEpochEnd: boolean): boolean {
    const { checkpoint } = this.setup.options;
    const { stopped } = this.state;
    if (checkpoint === undefined || stopped === "diverged") return false;
    const { everySteps } = checkpoint;
    const isTime = everySteps === undefined ? isEpochEnd : step % everySteps === 0;
    return isTime || stopped === "early";
  }

  /** Whether the last steps are in no checkpoint yet and should be. */
  isOpen(): boolean {
    const { step, stopped } = this.state;
    const isWanted = stopped === undefined || stopped === "aborted" || stopped === "stopped";
    return this.setup.options.checkpoint !== undefined && isWanted && this.savedStep !== step;
  }

  /** Writes a checkpoint. The trainable's variables must be up to date. */
  async save(report: EngineReport | undefined): Promise<void> {
    const { options, parts, weights } = this.setup;
    const { step, start, origin, history, early, stopped, best, resumed } = this.state;
    const { directory } = options.checkpoint as { directory: string };
    this.identity ??= runIdentity(this.setup, start);
    const engine = engineOf(report) ?? resumed ?? { engine: "eager", device: "cpu", threads: 1 };
    await writeCheckpoint(directory, {
      metadata: {
        step,
        identity: this.identity,
        origin,
        since: parts.since,
        engine,
        earlyStopping: early?.state ?? null,
        stopped: stopped === "early",
        columns: history.columns(),
      },
      values: {
        ...(await weights.readModel()),
        ...(await weights.readKept()),
        ...bestValues(best),
      },
      history,
    });
    this.savedStep = step;
  }
}
