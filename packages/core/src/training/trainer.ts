import type { ExamplesLike } from "../data/examples.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { readCheckpoint } from "./checkpoint.ts";
import { checkTrainOptions } from "./options.ts";
import type { CheckedOptions, TrainOptions } from "./options.ts";
import { Run } from "./run.ts";
import type { TrainingResult } from "./run.ts";
import { prepareData } from "./trainingData.ts";

/**
 * Trains a model: one compiled step per batch, validation after each epoch, checkpoints that a killed run resumes from.
 *
 * The result depends on the model, the data and the options alone: the same seed gives the same bytes, and a run that was
 * killed and resumed equals the run that was not.
 *
 * @param model changed in place
 * @param examples images `[n, height, width, channels]`, with labels for models of labelled data
 * @throws TypeError or RangeError for bad arguments, Error for a checkpoint of another run; nothing was changed then
 */
export function train(
  model: LatentModel,
  examples: ExamplesLike,
  options: TrainOptions,
): Promise<TrainingResult> {
  return new Trainer(model, options).run(examples);
}

/** One run of training; {@link train} makes and runs one. */
export class Trainer {
  private readonly model: LatentModel;
  private readonly options: CheckedOptions;

  /** @throws TypeError or RangeError naming the option, the rule and the value */
  constructor(model: LatentModel, options: TrainOptions) {
    this.model = model;
    this.options = checkTrainOptions(model, options);
  }

  /** Trains on the examples; see {@link train}. */
  async run(examples: ExamplesLike): Promise<TrainingResult> {
    const data = await prepareData(this.model, this.options, examples);
    const { checkpoint } = this.options;
    const saved = checkpoint && (await readCheckpoint(checkpoint.directory));
    const run = new Run(this.model, this.options, data);
    try {
      if (saved === undefined) await run.begin();
      else await run.resume(saved);
      return await run.toTheEnd();
    } finally {
      run.dispose();
    }
  }
}
