import { join } from "node:path";
import { encodeSafetensors } from "@elbo/core";
import { measuresNamed } from "../measures/index.ts";
import { Shared } from "../measures/shared.ts";
import { omit } from "../omit.ts";
import { encodeStrip } from "../pictures/grid.ts";
import { pictureKinds } from "../pictures/index.ts";
import { withLabels } from "../pictures/material.ts";
import { reconstructionWords } from "../pictures/reconstructions.ts";
import { isPictured } from "../data/benchData.ts";
import { pictureMaterial } from "../data/pictureMaterial.ts";
import type { MeasureContext, Outcome } from "../measures/measure.ts";
import type { MeasuredModel } from "../measures/measuredModel.ts";
import type { DrawnPicture, PictureWords } from "../pictures/picture.ts";
import type { Measurement, SeedResult } from "../results/schema.ts";
import type { TrialWork } from "./trialWork.ts";

/** Name of the drawing among what is done with a trained model. */
const drawing = "pictures";

/** What is still to be done with a trained model: the names of measures, and the drawing of its pictures. */
export function missingMeasures(
  wanted: readonly string[],
  { measured }: Pick<SeedResult, "measured">,
): string[] {
  return [...wanted, drawing].filter((name) => !Object.hasOwn(measured, name));
}

/**
 * Takes the measures of a model that its result lacks, storing the result after each of them.
 *
 * @returns the result with all of them, or undefined when it was stopped before
 */
export async function measureTrial(
  model: MeasuredModel,
  order: TrialWork,
  trained: SeedResult,
): Promise<SeedResult | undefined> {
  const { trial, store, signal, busy } = order;
  const context = contextOf(model, order);
  let result = trained;
  const missing = missingMeasures(trial.measures, trained);
  for (const step of steps(context, order)) {
    const { name } = step;
    if (!missing.includes(name)) continue;
    if (signal.aborted) return undefined;
    busy(name === drawing ? "drawing" : `measuring ${name}`);
    const started = performance.now();
    const { figures, examples, pictures = [], files = {} } = await step.take();
    for (const { kind, images } of pictures)
      await store.writeTrialFile(trial.id, `${kind}.png`, encodeStrip(images));
    for (const [file, bytes] of Object.entries(files))
      await store.writeTrialFile(trial.id, file, bytes);
    if (examples !== undefined)
      await store.writeTrialFile(trial.id, `${name}.examples.safetensors`, stored(examples));
    const seconds = (performance.now() - started) / 1000;
    result = {
      ...result,
      metrics: { ...result.metrics, ...asMeasurements(figures) },
      measured: { ...result.measured, [name]: seconds },
      pictures: [...result.pictures, ...pictures.map(wordsOf)],
      timing: {
        ...result.timing,
        evaluationSeconds: result.timing.evaluationSeconds + seconds,
      },
    };
    await store.writeResult(trial, result);
  }
  return result;
}

/** What is kept of a picture beside its file. */
const wordsOf = (picture: DrawnPicture): PictureWords => ({
  ...omit(picture, "images"),
  height: picture.images.shape[1],
});

function contextOf(model: MeasuredModel, { trial, data, store }: TrialWork): MeasureContext {
  const { seed, protocol } = trial;
  return {
    model,
    data,
    seed,
    samples: protocol.likelihoodSamples,
    shared: new Shared({ model, data }, seed),
    cache: join(store.out, "cache"),
    features: protocol.features,
  };
}

interface Step {
  readonly name: string;
  take(): Promise<Outcome>;
}

/** The measures of a trial in their order, then its pictures; what does not suit the model gives nothing. */
function steps(context: MeasureContext, order: TrialWork): Step[] {
  const chosen = measuresNamed(order.trial.measures).map((measure) => ({
    name: measure.name,
    take: (): Promise<Outcome> =>
      measure.suits(context) ? measure.measure(context) : Promise.resolve({ figures: {} }),
  }));
  const draw = async (): Promise<Outcome> => ({
    figures: {},
    pictures: await drawn(context.model, order),
  });
  return [...chosen, { name: drawing, take: draw }];
}

async function drawn(model: MeasuredModel, { data, trial }: TrialWork): Promise<DrawnPicture[]> {
  if (!isPictured(data)) return [];
  const material = pictureMaterial(data, trial.seed);
  const pictures: DrawnPicture[] = [
    {
      ...reconstructionWords,
      columns: material.images.shape[0],
      images: await model.reconstruct(withLabels(material)),
    },
  ];
  for (const kind of pictureKinds) {
    if (kind.suits(model, material))
      pictures.push({ kind: kind.kind, ...(await kind.draw(model, material)) });
  }
  return pictures;
}

function asMeasurements(figures: Outcome["figures"]): Record<string, Measurement> {
  return Object.fromEntries(
    Object.entries(figures).map(([key, { mean, standardError }]) => [
      key,
      { mean, standardError: Number.isFinite(standardError) ? standardError : null },
    ]),
  );
}

/** Numbers of examples in single precision, which their differences do not exceed in noise. */
function stored(examples: Readonly<Record<string, Float64Array>>): Uint8Array {
  return encodeSafetensors(
    new Map(
      Object.entries(examples).map(([name, values]) => [
        name,
        { data: Float32Array.from(values), shape: [values.length] },
      ]),
    ),
  );
}
