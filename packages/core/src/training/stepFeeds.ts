import { BatchPlan } from "../data/batches.ts";
import { fillBatchInto } from "../data/fillBatch.ts";
import { sizeOf } from "../data/ndArray.ts";
import { fillStepNoiseInto, noiseBuffers } from "../data/noise.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { noiseFeed } from "../model/programs.ts";
import type { FeedBuffers } from "../model/rows.ts";
import type { Random } from "../random/random.ts";
import { stepScalars } from "./stepProgram.ts";
import type { StepParts } from "./stepProgram.ts";
import type { TrainingData } from "./trainingData.ts";

/** Where a step lies in its epoch. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
  /** Whether the epoch ends with it. */
  readonly isLast: boolean;
}

/** The feeds of a run's steps, functions of seed and step alone, in buffers that every step fills anew. */
export class StepFeeds {
  /** Steps in an epoch. */
  readonly perEpoch: number;
  private readonly parts: StepParts;
  private readonly data: TrainingData;
  private readonly random: Random;
  private readonly plan: BatchPlan;
  private readonly feeds: FeedBuffers;
  private readonly noise: Record<string, Float32Array>;

  constructor(parts: StepParts, data: TrainingData, random: Random) {
    const { batchSize } = data;
    const { model } = parts;
    this.parts = parts;
    this.data = data;
    this.random = random;
    this.plan = new BatchPlan({ indices: data.training, batchSize, random });
    this.perEpoch = this.plan.batches;
    this.noise = noiseBuffers(model.scheme.noise, batchSize);
    this.feeds = emptyFeeds(model, batchSize, this.noise);
  }

  /** Where a step lies. */
  position(step: number): Position {
    const batch = step % this.perEpoch;
    const epoch = Math.floor(step / this.perEpoch);
    return { epoch, batch, isLast: batch === this.perEpoch - 1 };
  }

  /** The feeds of a step, valid until the next call. */
  fill(step: number): FeedBuffers {
    const { examples } = this.data;
    const { scheme, likelihood } = this.parts.model;
    const { epoch, batch } = this.position(step);
    const indices = this.plan.indices(epoch, batch);
    fillBatchInto(this.feeds["x"] as Float32Array, examples, {
      indices,
      preparation: likelihood.preparation,
      random: this.random.fork("binarize", step),
    });
    fillStepNoiseInto(this.noise, scheme.noise, this.random.fork("noise", step));
    const y = this.feeds["y"];
    if (y instanceof Int32Array && examples.labels !== undefined) {
      for (let i = 0; i < indices.length; i++) y[i] = examples.labels[indices[i]];
    }
    return Object.assign(this.feeds, stepScalars(this.parts, step));
  }
}

function emptyFeeds(
  model: LatentModel,
  batchSize: number,
  noise: Readonly<Record<string, Float32Array>>,
): FeedBuffers {
  const feeds: FeedBuffers = { x: new Float32Array(batchSize * sizeOf(model.image)) };
  for (const [name, buffer] of Object.entries(noise)) feeds[noiseFeed(name)] = buffer;
  if (model.condition !== undefined) feeds["y"] = new Int32Array(batchSize);
  return feeds;
}
