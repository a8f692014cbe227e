import { adam, train } from "@elbo/core";
import { stepsOf } from "./budget.ts";
import { createPace } from "./pace.ts";
import { createModelOf, isTrained } from "../models/resolve.ts";
import type { Trial } from "../plan/trial.ts";
import type { BenchData } from "../data/benchData.ts";

/** Steps that are timed of every row; the first ones, which compile, do not count. */
const timedSteps = 12;

/**
 * How long the trials would train here: the median time of some steps of every row, times the steps of its trials.
 *
 * @returns seconds; with halving the trials that would be given up count as if they were not
 */
export async function estimateSeconds(trials: readonly Trial[], data: BenchData): Promise<number> {
  let seconds = 0;
  const trained = trials.filter(({ model }) => isTrained(model));
  for (const row of new Set(trained.map((trial) => trial.row))) {
    const ofRow = trained.filter((trial) => trial.row === row);
    const [{ protocol }] = ofRow;
    const steps = stepsOf(protocol, data.train.shape[0]);
    const rate = await imagesPerSecond(ofRow[0], data);
    seconds += (ofRow.length * steps * protocol.batchSize) / rate;
  }
  return seconds;
}

async function imagesPerSecond(trial: Trial, data: BenchData): Promise<number> {
  const { protocol, seed } = trial;
  const { image, classes } = data;
  const model = createModelOf(trial, { protocol, image, classes, seed });
  const pace = createPace(protocol.batchSize);
  try {
    await train(model, data.train, {
      steps: timedSteps,
      batchSize: protocol.batchSize,
      optimizer: adam({ learningRate: protocol.learningRate }),
      validation: 0,
      progress: "silent",
      callbacks: {
        onStep: () => {
          pace.stepped();
        },
      },
    });
    return pace.imagesPerSecond() ?? NaN;
  } finally {
    model.dispose();
  }
}
