/** What a run says besides its figures. */
import type { EngineReport } from "@elbo/jit";
import { engineOf } from "./checkpointing.ts";
import type { RunEngine } from "./checkpointMetadata.ts";
import type { EpochRecord } from "./history.ts";
import type { Progress } from "./progress.ts";
import type { RunState } from "./runState.ts";
import type { TrainingData } from "./trainingData.ts";

/** Says what is easily overlooked, before the first step. */
export function announce(
  { training, validation, validationGiven }: TrainingData,
  { start, step }: RunState,
  progress: Progress,
): void {
  if (typeof validationGiven === "number" && validation !== undefined) {
    const held = validation.indices.length;
    const all = held + training.indices.length;
    progress.note(
      `${held} of ${all} examples are held out for validation; validation: 0 trains on all of them`,
    );
  }
  if (start !== 0 || step !== 0) return;
  for (const warning of training.rows.warnings ?? []) progress.warn(warning);
}

/** Says when a run goes on with what computes other bits. */
export function compareEngines(
  before: RunEngine | undefined,
  report: EngineReport | undefined,
  progress: Progress,
): void {
  const now = engineOf(report);
  if (before === undefined || now === undefined || show(before) === show(now)) return;
  progress.warn(
    `train: the checkpoint was written by another engine (${show(before)}) than goes on now (${show(now)}); results equal those of an unbroken run to rounding only`,
  );
}

function show({ engine, device, threads, instructionSet }: RunEngine): string {
  const set = instructionSet === undefined ? "" : `, ${instructionSet}`;
  return `${engine} on ${device}, threads: ${threads}${set}`;
}

/** What a line of progress shows of a validation. */
export function shownOf({ validation }: EpochRecord): Record<string, number> {
  if (validation === undefined) return {};
  const name = Object.hasOwn(validation, "elbo") ? "elbo" : "loss";
  return { [`validation ${name}`]: validation[name] };
}
