import type { ExamplesLike } from "../data/examples.ts";
import type { Trainable } from "../step/trainable.ts";
import { readCheckpoint } from "./checkpointFile.ts";
import { checkTrainOptions } from "./trainTable.ts";
import type { CheckedOptions } from "./trainTable.ts";
import type { TrainOptions } from "./options.ts";
import { Run } from "./run.ts";
import type { TrainingResult } from "./run.ts";
import { setUp } from "./runSetup.ts";
import { begin, resume } from "./runStart.ts";
import { RunState } from "./runState.ts";
import { disposeParts } from "./stepVariables.ts";
import { prepareData } from "./trainingData.ts";

/**
 * Trains a model, or anything else that is trainable: one compiled step per batch, validation after each epoch, checkpoints
 * that a killed run resumes from.
 *
 * A tenth of the examples is held out for validation: `validation: 0` trains on all of them.
 *
 * The result depends on the model, the data and the options alone: the same seed gives the same bytes, a run that was killed
 * and resumed equals the run that was not, and 5 epochs and another 5 equal 10: steps, schedules, the order of the data and
 * the moments of an equal optimizer go on from call to call (`startStep: 0` begins anew).
 *
 * @param trainable changed in place
 * @param data an array `[n, ...]`, a tensor, or a record of arrays by column; with `labels` and `weights` (one per example)
 *   where there are any
 * @throws TypeError or RangeError for bad arguments, Error for a checkpoint of another run or while another call trains it; nothing was
 *   changed then
 */
export async function train<P>(
  trainable: Trainable<P>,
  data: ExamplesLike,
  options: TrainOptions,
): Promise<TrainingResult> {
  const any = trainable as unknown as Trainable;
  const checked = checkTrainOptions(any, options);
  if (inTraining.has(any)) {
    throw new Error(
      "train: a model must be trained by one call at a time, got a second one while the first runs; await that",
    );
  }
  inTraining.add(any);
  try {
    return await trainAlone(any, data, checked);
  } finally {
    inTraining.delete(any);
  }
}

/** What is being trained: steps of two runs would mix, each with moments of its own. */
const inTraining = new WeakSet<Trainable>();

async function trainAlone(
  trainable: Trainable,
  data: ExamplesLike,
  checked: CheckedOptions,
): Promise<TrainingResult> {
  const prepared = await prepareData(trainable, data, checked);
  const saved = checked.checkpoint && (await readCheckpoint(checked.checkpoint.directory));
  const setup = setUp(trainable, checked, prepared);
  let run: Run | undefined;
  try {
    const state = new RunState(setup);
    if (saved === undefined) await begin(setup, state);
    else await resume(setup, state, saved);
    run = new Run(setup, state);
    return await run.toTheEnd();
  } finally {
    run?.dispose();
    disposeParts(setup.parts);
  }
}
