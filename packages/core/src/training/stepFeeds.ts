import type { Random } from "../random/random.ts";
import { scalarValues } from "../runner/feeds.ts";
import { fillStepNoiseInto, noiseBuffers } from "../runner/noise.ts";
import type { NoiseBuffers } from "../runner/noise.ts";
import { columnBuffers } from "../step/rows.ts";
import type { ColumnBuffers } from "../step/rows.ts";
import { exampleWeights, stepScalars } from "./stepScalars.ts";
import type { StepPlace } from "./epochs.ts";
import type { StepParts } from "./stepVariables.ts";
import type { TrainingData } from "./trainingData.ts";

type Scalars = Readonly<Record<string, number>>;
type Feeds = Record<string, Float32Array | Int32Array | number>;

/** The feeds of a run's steps, functions of seed and step alone, in buffers that every step fills anew. */
export class StepFeeds {
  private readonly parts: StepParts;
  private readonly data: TrainingData;
  private readonly random: Random;
  private readonly columns: ColumnBuffers;
  private readonly noise: NoiseBuffers;
  private readonly weights: Float32Array | undefined;
  /** The step that they were filled for. */
  step: number | undefined;
  /** Numbers for updates, and for the passes before them. */
  private scalars: { readonly update: Scalars; readonly pass: Scalars } = { update: {}, pass: {} };

  /** @param random the root of the run's noise and preparation */
  constructor(parts: StepParts, data: TrainingData, random: Random) {
    const { trainable } = parts;
    const { batchSize } = data;
    this.parts = parts;
    this.data = data;
    this.random = random;
    this.columns = columnBuffers(parts.trainable.columns, batchSize);
    this.noise = noiseBuffers(trainable.noise ?? {}, {
      rows: batchSize,
      draws: trainable.draws ?? 1,
    });
    this.weights = data.training.rows.weights && new Float32Array(batchSize);
  }

  /** What the buffers take. */
  get bytes(): number {
    const arrays = [...Object.values(this.columns), ...Object.values(this.noise)];
    return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Fills the buffers for a step, and its scalars; rows of the step at `next` are read meanwhile, where they lie in files. */
  async fill(step: number, { epoch, batch }: StepPlace, next?: StepPlace): Promise<void> {
    this.step = undefined;
    const { trainable } = this.parts;
    const { rows } = this.data.training;
    const indices = this.data.order.indices(epoch, batch);
    const filling = rows.fillInto(this.columns, {
      indices,
      random: this.random.fork("prepare", step),
    });
    if (filling !== undefined) await filling;
    fillStepNoiseInto(this.noise, trainable.noise ?? {}, this.random.fork("noise", step));
    if (this.weights !== undefined && rows.weights !== undefined) {
      for (let i = 0; i < indices.length; i++) this.weights[i] = rows.weights[indices[i]];
    }
    if (next !== undefined) rows.prefetch?.(this.data.order.indices(next.epoch, next.batch));
    this.scalars = {
      update: stepScalars(this.parts, step),
      pass: scalarValues(trainable.schedules ?? {}, step),
    };
    this.step = step;
  }

  /** The feeds of an update from sums of gradients. */
  updateFeeds(): Feeds {
    return { ...this.scalars.update };
  }

  /** The feeds of a part of the batch: of all of it where it is one part. */
  batchFeeds(part: number): Feeds {
    const { microBatches } = this.parts;
    const feeds: Feeds = { ...this.scalars.update, ...this.scalars.pass };
    const weights = this.weights && { [exampleWeights]: this.weights };
    const arrays = { ...this.columns, ...this.noise, ...weights };
    for (const [name, array] of Object.entries(arrays)) {
      const size = array.length / microBatches;
      feeds[name] = microBatches === 1 ? array : array.subarray(part * size, (part + 1) * size);
    }
    return feeds;
  }
}
