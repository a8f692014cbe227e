import { Random } from "../random/random.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Trainable } from "../step/trainable.ts";
import { assertDivisible } from "./microBatches.ts";
import type { CheckedOptions } from "./trainTable.ts";
import { assertNames, RunWeights } from "./runWeights.ts";
import { makeParts } from "./stepVariables.ts";
import type { StepParts } from "./stepVariables.ts";
import type { TrainingData } from "./trainingData.ts";

/** What a run is made of; none of it changes. */
export interface RunSetup {
  readonly trainable: Trainable;
  readonly options: CheckedOptions;
  readonly data: TrainingData;
  readonly parts: StepParts;
  readonly weights: RunWeights;
  /** The root of noise, preparation and order. */
  readonly random: Random;
  readonly compute: ComputeOptions;
}

/** Makes what a run needs; `disposeParts(parts)` frees it. */
export function setUp(trainable: Trainable, options: CheckedOptions, data: TrainingData): RunSetup {
  // Before anything is allocated, which nobody would free.
  assertNames(trainable);
  assertDivisible(trainable, { microBatches: options.microBatches, batchSize: data.batchSize });
  const parts = makeParts(trainable, {
    ...options,
    weighted: data.training.rows.weights !== undefined,
  });
  return {
    trainable,
    options,
    data,
    parts,
    weights: new RunWeights(parts),
    random: new Random(options.seed).fork("train"),
    compute: options.compute,
  };
}
