import { join } from "node:path";
import { adam, evaluate, train } from "@elbo/core";
import { omit } from "../omit.ts";
import { drawUnit } from "./drawUnit.ts";
import { createPace } from "./pace.ts";
import type { History, LatentModel, TrainingResult } from "@elbo/core";
import type { Curve, SeedResult } from "../results/schema.ts";
import type { TrainUnit, UnitOrder } from "./unit.ts";

/** What is known of a training besides its numbers, kept in case that it is interrupted. */
interface Elapsed {
  readonly trainingSeconds: number;
  readonly imagesPerSecond: number;
  /** What computed, in words. */
  readonly engine: string;
}

/** Steps between two checkpoints: a kill costs at most these. */
const checkpointEvery = 100;

const logEvery = 5;

/**
 * Trains one model with one seed, from its checkpoint if there is one, measures it on the held-out images, stores its pictures, its
 * weights and its result.
 */
export const trainUnit: TrainUnit = async (order) => {
  const { modelCase, trial, data, store, signal, pauseAfter } = order;
  const { protocol, seed, id } = trial;
  const { image, classes } = data;
  const model = modelCase.create({ protocol, image, classes, seed }, trial.options);
  try {
    const { training, elapsed } = await trainModel(model, order);
    if (training.stopped === "aborted") return { kind: "stopped" };
    if (training.stopped === "diverged")
      return { kind: "diverged", message: training.message ?? "the training diverged" };
    if (pauseAfter !== undefined) return { kind: "paused", score: scoreOf(training.history) };
    order.busy("measuring");
    const started = performance.now();
    const metrics = await evaluate(model, data.test, {
      samples: protocol.likelihoodSamples,
      seed,
    });
    const evaluationSeconds = (performance.now() - started) / 1000;
    if (signal.aborted) return { kind: "stopped" };
    order.busy("drawing");
    await drawUnit(model, order);
    await model.save(join(store.trialDirectory(id), "model"));
    const result: SeedResult = {
      model: trial.row,
      seed,
      parameters: model.parameterCount,
      steps: training.step,
      metrics,
      curves: curvesOf(training.history),
      timing: { ...omit(elapsed, "engine"), evaluationSeconds },
      engine: elapsed.engine,
    };
    await store.finish(trial, result);
    return { kind: "finished", result };
  } finally {
    model.dispose();
  }
};

async function trainModel(
  model: LatentModel,
  order: UnitOrder,
): Promise<{ training: TrainingResult; elapsed: Elapsed }> {
  const { trial, data, store, signal } = order;
  const { protocol, seed, id } = trial;
  const epochs = order.pauseAfter ?? protocol.epochs;
  const before = readElapsed(order);
  const pace = createPace(protocol.batchSize);
  let loss: number | undefined;
  const training = await train(model, data.train, {
    epochs,
    batchSize: protocol.batchSize,
    optimizer: adam({ learningRate: protocol.learningRate }),
    seed,
    checkpoint: {
      directory: join(store.trialDirectory(id), "checkpoint"),
      everySteps: checkpointEvery,
    },
    callbacks: {
      onStep(context, record) {
        pace.stepped();
        loss = record?.loss ?? loss;
        order.moved({
          epoch: Math.min(context.epoch + 1, epochs),
          epochs,
          loss,
          imagesPerSecond: record === undefined ? undefined : pace.imagesPerSecond(),
        });
      },
    },
    progress: "silent",
    signal,
    logEvery,
  });
  const elapsed: Elapsed = {
    trainingSeconds: before.trainingSeconds + pace.seconds(),
    imagesPerSecond: pace.imagesPerSecond() ?? before.imagesPerSecond,
    engine: describeEngine(training) ?? before.engine,
  };
  await store.writeTrialFile(id, "elapsed.json", new TextEncoder().encode(JSON.stringify(elapsed)));
  return { training, elapsed };
}

/** What settings are compared by before they are trained to the end: the negative ELBO of the last validation, or the distortion of a model without one. */
function scoreOf({ epochs }: History): number {
  const validation = epochs.at(-1)?.validation;
  if (validation === undefined) return NaN;
  return validation["elbo"] === undefined ? validation["distortion"] : -validation["elbo"];
}

function readElapsed({ store, trial }: UnitOrder): Elapsed {
  const bytes = store.readTrialFile(trial.id, "elapsed.json");
  return bytes === undefined
    ? { trainingSeconds: 0, imagesPerSecond: 0, engine: "unknown" }
    : (JSON.parse(new TextDecoder().decode(bytes)) as Elapsed);
}

/** The curves of a history by the names that the report's charts know. A rate that never changes is no curve. */
function curvesOf(history: History): Record<string, Curve> {
  const { steps, epochs } = history;
  const validated = epochs.filter((epoch) => epoch.validation !== undefined);
  const held = (name: string): Curve => ({
    steps: validated.map(({ step }) => step),
    values: validated.map(({ validation }) => validation?.[name] ?? NaN),
  });
  const trained = (name: string): Curve => ({
    steps: steps.map(({ step }) => step),
    values: steps.map(({ terms }) => terms[name]),
  });
  const curves = { distortion: trained("distortion"), heldOutDistortion: held("distortion") };
  if (steps[0]?.terms["rate"] === undefined) return curves;
  const ofRate = trained("rate");
  if (ofRate.values.every((value) => value === ofRate.values[0])) return curves;
  const { steps: at, values } = held("elbo");
  return {
    ...curves,
    rate: ofRate,
    heldOutBound: { steps: at, values: values.map((elbo) => -elbo) },
  };
}

function describeEngine({ report }: TrainingResult): string | undefined {
  if (report === undefined) return undefined;
  const { engine, device, instructionSet, threads } = report;
  const where = [device, instructionSet].filter((part) => part !== "").join(", ");
  return `${engine} (${where}, ${threads} ${threads === 1 ? "thread" : "threads"})`;
}
