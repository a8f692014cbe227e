import type { Examples, ExamplesLike } from "../data/examples.ts";
import { splitExamples } from "../data/split.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { Random } from "../random/random.ts";
import type { CheckedOptions } from "./options.ts";

/** What a run learns from and is validated on. */
export interface TrainingData {
  readonly examples: Examples;
  /** Which examples to learn from. */
  readonly training: Int32Array;
  readonly validation: { readonly examples: Examples; readonly indices: Int32Array } | undefined;
  /** What the option said; part of the run's identity. */
  readonly validationGiven: Examples | number;
  readonly batchSize: number;
}

/**
 * Checks the data of a run and splits it.
 *
 * @throws TypeError or RangeError for images or labels that do not fit the model, or a batch that cannot be filled
 */
export async function prepareData(
  model: LatentModel,
  { validation, seed, batchSize }: CheckedOptions,
  input: ExamplesLike,
): Promise<TrainingData> {
  const fn = "train";
  const examples = await labelled(model, input);
  const count = examples.shape[0];
  const random = new Random(seed).fork("split");
  const fraction = typeof validation === "number" ? validation : 0;
  const split = splitExamples(count, { fraction, random });
  const available = split.training.length;
  if (batchSize !== undefined && batchSize > available) {
    throw new RangeError(
      `${fn}: batchSize must be at most the number of training examples (${available}), got ${batchSize}`,
    );
  }
  const common = {
    examples,
    training: split.training,
    batchSize: batchSize ?? Math.min(128, available),
  };
  if (typeof validation === "number") {
    const held = { examples, indices: split.validation };
    return {
      ...common,
      validationGiven: validation,
      validation: split.validation.length === 0 ? undefined : held,
    };
  }
  const own = await labelled(model, validation);
  const indices = Int32Array.from({ length: own.shape[0] }, (_, i) => i);
  return { ...common, validationGiven: own, validation: { examples: own, indices } };
}

/** Examples checked against the model, with int32 labels where it needs them and none where it does not. */
async function labelled(model: LatentModel, input: ExamplesLike): Promise<Examples> {
  const { data, shape, labels } = await model.examplesFor("train", input);
  const checked = model.labelsFor("train", labels, shape[0]);
  return { data, shape, ...(checked === undefined ? {} : { labels: checked }) };
}
