import { join } from "node:path";
import { adam, diagnose, loadModel, train } from "@elbo/core";
import { createModelOf, isTrained, openImported } from "../models/resolve.ts";
import { omit } from "../omit.ts";
import { measureTrial } from "./measureTrial.ts";
import { learningRateOf } from "./budget.ts";
import { LiveLog } from "./liveLog.ts";
import { createPace } from "./pace.ts";
import type { Diagnosis, History, LatentModel, TrainingResult } from "@elbo/core";
import type { Curve, SeedResult } from "../results/schema.ts";
import type { TrainTrial, TrialWork, TrialOutcome } from "./trialWork.ts";

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
 * Trains one model with one seed, from its checkpoint if there is one, stores its weights, and takes the measures that are asked for;
 * of a model that is trained already only those that its result lacks.
 */
export const trainTrial: TrainTrial = async (order) => {
  const { trial, store } = order;
  if (!isTrained(trial.model)) return measureImported(order);
  const known = store.readResult(trial.id);
  const model = known === undefined ? freshModel(order) : await loadModel(modelDirectory(order));
  try {
    let result = known;
    if (result === undefined) {
      const outcome = await trainToEnd(model as LatentModel, order);
      if (outcome.kind !== "finished") return outcome;
      result = outcome.result;
    }
    const measured = await measureTrial(model as LatentModel, order, result);
    return measured === undefined ? { kind: "stopped" } : { kind: "finished", result: measured };
  } finally {
    model.dispose();
  }
};

/** Takes the measures of a model that comes from files and is measured as it is. */
async function measureImported(order: TrialWork): Promise<TrialOutcome> {
  const { trial, store, data } = order;
  const { protocol, seed } = trial;
  const { image, classes } = data;
  const model = await openImported(trial, { protocol, image, classes, seed });
  try {
    const result = store.readResult(trial.id) ?? {
      model: trial.row,
      seed,
      steps: 0,
      metrics: {},
      measured: {},
      curves: {},
      pictures: [],
      timing: { trainingSeconds: 0, evaluationSeconds: 0 },
      engine: model.engine,
    };
    const measured = await measureTrial(model, order, result);
    return measured === undefined ? { kind: "stopped" } : { kind: "finished", result: measured };
  } finally {
    model.dispose();
  }
}

const modelDirectory = ({ store, trial }: TrialWork): string =>
  join(store.trialDirectory(trial.id), "model");

function freshModel({ trial, data }: TrialWork): LatentModel {
  const { protocol, seed } = trial;
  const { image, classes } = data;
  return createModelOf(trial, { protocol, image, classes, seed });
}

/** Trains and stores model and result, which then lacks its measures. */
async function trainToEnd(model: LatentModel, order: TrialWork): Promise<TrialOutcome> {
  const { trial, store, pauseAfter } = order;
  const { training, elapsed } = await trainModel(model, order);
  if (training.stopped === "aborted") return { kind: "stopped" };
  const diagnosed = async (): Promise<Diagnosis["findings"]> => {
    order.busy("diagnosing");
    const { seed } = trial;
    return (await diagnose(model, order.data.test, training.history, { seed })).findings;
  };
  if (training.stopped === "diverged") {
    const { message = "the training diverged" } = training;
    return { kind: "diverged", message, findings: await diagnosed() };
  }
  if (pauseAfter !== undefined)
    return { kind: "paused", score: scoresOf(training.history).at(-1) ?? NaN };
  await model.save(modelDirectory(order));
  const findings = await diagnosed();
  const result: SeedResult = {
    model: trial.row,
    seed: trial.seed,
    parameters: model.parameterCount,
    steps: training.step,
    metrics: {},
    measured: {},
    curves: curvesOf(training.history),
    scores: scoresOf(training.history),
    pictures: [],
    findings,
    timing: { ...omit(elapsed, "engine"), evaluationSeconds: 0 },
    engine: elapsed.engine,
  };
  await store.writeResult(trial, result);
  return { kind: "finished", result };
}

async function trainModel(
  model: LatentModel,
  order: TrialWork,
): Promise<{ training: TrainingResult; elapsed: Elapsed }> {
  const { trial, data, store, signal } = order;
  const { protocol, seed, id } = trial;
  const epochs = order.pauseAfter ?? protocol.epochs;
  const before = readElapsed(order);
  const pace = createPace(protocol.batchSize);
  const live = new LiveLog(store, id);
  let loss: number | undefined;
  const training = await train(model, data.train, {
    epochs,
    batchSize: protocol.batchSize,
    optimizer: adam({ learningRate: learningRateOf(protocol, data.train.shape[0]) }),
    seed,
    checkpoint: {
      directory: join(store.trialDirectory(id), "checkpoint"),
      everySteps: checkpointEvery,
    },
    callbacks: {
      onStep(context, record) {
        pace.stepped();
        loss = record?.loss ?? loss;
        const imagesPerSecond = record === undefined ? undefined : pace.imagesPerSecond();
        if (record !== undefined && Number.isFinite(record.loss))
          live.say({
            step: context.step,
            steps: context.steps,
            loss: record.loss,
            imagesPerSecond,
          });
        order.moved({
          epoch: Math.min(context.epoch + 1, epochs),
          epochs,
          loss,
          imagesPerSecond,
        });
      },
    },
    progress: "silent",
    signal,
    logEvery,
  });
  await live.end();
  const elapsed: Elapsed = {
    trainingSeconds: before.trainingSeconds + pace.seconds(),
    imagesPerSecond: pace.imagesPerSecond() ?? before.imagesPerSecond,
    engine: describeEngine(training) ?? before.engine,
  };
  await store.writeTrialFile(id, "elapsed.json", new TextEncoder().encode(JSON.stringify(elapsed)));
  return { training, elapsed };
}

/**
 * What settings are compared by before they are trained to the end, after each epoch: the negative ELBO of the validation, or the
 * distortion of a model without one; null where there is no such number.
 */
function scoresOf({ epochs }: History): (number | null)[] {
  return epochs.map(({ validation = {} }) => {
    const { elbo, distortion } = validation as Readonly<Record<string, number | undefined>>;
    const score = elbo === undefined ? distortion : -elbo;
    return score !== undefined && Number.isFinite(score) ? score : null;
  });
}

function readElapsed({ store, trial }: TrialWork): Elapsed {
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
