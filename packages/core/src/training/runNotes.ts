/** What a run says besides its figures. */
import type { EngineReport } from "@elbo/jit";
import { engineOf } from "./checkpointing.ts";
import type { RunEngine } from "./checkpointMetadata.ts";
import type { EpochRecord } from "./history.ts";
import type { Progress } from "./progress.ts";
import type { RunState } from "./runState.ts";
import type { TrainingData } from "./trainingData.ts";

/** From here on a model says what it takes, 320 MB with gradients and Adam's moments: in large pictures a dense layer too many is easily overlooked. */
const manyValues = 20_000_000;

/** What {@link announce} looks at. */
export interface Announced {
  readonly data: TrainingData;
  readonly state: RunState;
  /** Values that are trained. */
  readonly trained: number;
}

/** Says what is easily overlooked, before the first step. */
export function announce({ data, state, trained }: Announced, progress: Progress): void {
  const { training, validation, validationGiven } = data;
  if (typeof validationGiven === "number" && validation !== undefined) {
    const held = validation.indices.length;
    const all = held + training.indices.length;
    progress.note(
      `${held} of ${all} examples are held out for validation; validation: 0 trains on all of them`,
    );
  }
  if (state.start !== 0 || state.step !== 0) return;
  if (trained >= manyValues) {
    const gigabytes = ((16 * trained) / 1e9).toFixed(1);
    progress.note(
      `${Math.round(trained / 1e6)} million values are trained: with gradients and the moments of Adam ${gigabytes} GB before any activation; estimateMemory(model, { batchSize }) says more`,
    );
  }
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

/** What the bits depend on: those of our own kernels are the same on any number of threads, ONNX Runtime's are not. */
function show({ engine, device, threads, instructionSet }: RunEngine): string {
  const parts = [`${engine} on ${device}`];
  if (engine === "onnx") parts.push(`threads: ${threads}`);
  if (instructionSet !== undefined) parts.push(instructionSet);
  return parts.join(", ");
}

/** What a line of progress says of an epoch's validation: the bound or the loss, and the figures that only a validation has. */
export function shownOf({ training, validation }: EpochRecord): Record<string, number> {
  if (validation === undefined) return {};
  const name = Object.hasOwn(validation, "elbo") ? "elbo" : "loss";
  const further = Object.entries(validation).filter(
    ([figure]) => figure !== name && !Object.hasOwn(training, figure),
  );
  return { [`validation ${name}`]: validation[name], ...Object.fromEntries(further) };
}
