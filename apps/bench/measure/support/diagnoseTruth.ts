/** Held-out figures that say whether a fault shows, without anything that `diagnose` measures being asked. */
import { accuracy, classifier, estimateOf, evaluate, train } from "@elbo/core";
import type { Classifier, LatentModel, NdArray } from "@elbo/core";
import { take } from "@elbo/datasets";
import type { Split } from "@elbo/datasets";
import type { Subject } from "./diagnoseSubjects.ts";

/** Held-out figures of a trained model; NaN where there is no such figure. */
export interface Truth {
  /** Negative ELBO, weights 1 (distortion where there is no rate), nats per example. */
  readonly bound: number;
  /** Standard deviation of `bound` over examples. */
  readonly deviation: number;
  /** Squared error of reconstructions as a share of the variance of the values (in tables of each column). */
  readonly mse: number;
  /** Squared distance from draws of the prior to the nearest held-out example, in the same unit. */
  readonly nearest: number;
  /** Times the squared error with the half of the latents that varies least put at 0. */
  readonly halved: number;
  /** Of draws for a class, the share that a classifier trained on the examples takes for it. */
  readonly shown: number;
  /** By how many of its deviations `bound` was better at some time of the training than in the end. */
  readonly overfit: number;
}

/** Whether a fault shows in a run, beside its sound twin. */
export type Shows = (own: Truth, twin: Truth) => boolean;

/** At least so many deviations between examples is what a bound must get worse by: a small effect in the sense of Cohen 1988. */
export const leastOverfit = 0.2;

/** Whether a figure is some times that of the twin. */
export const isAtLeast =
  (figure: "mse" | "nearest", times: number): Shows =>
  (own, twin) =>
    !(own[figure] < times * twin[figure]);

/** Whether the bound is worse than that of the twin by {@link leastOverfit} deviations. */
export const isWorse: Shows = (own, twin) =>
  !(own.bound < twin.bound + leastOverfit * twin.deviation);

const most = 500;
const drawnCount = 200;

/** The figures; `before` are bounds that the model had while it was trained. */
export async function truthOf(
  model: LatentModel,
  subject: Subject,
  before: readonly number[],
): Promise<Truth> {
  const test = take(subject.test, [...Array(Math.min(most, subject.test.shape[0])).keys()]);
  const { bound, deviation } = await boundOf(model, test);
  const weights = weightsOf(subject, test);
  const isTold = model.condition !== undefined;
  const wanted = Uint8Array.from({ length: drawnCount }, (_, i) => i % subject.classes);
  const drawn = await samplesOf(model, isTold ? wanted : undefined);
  const mse = await errorOf(model, test, { weights });
  return {
    ...{ bound, deviation, mse },
    nearest: drawn === undefined ? NaN : nearestDistance(drawn, test, weights),
    halved: (await halvedError(model, test, weights)) / mse,
    shown: drawn === undefined || !isTold ? NaN : await shareShown(drawn, wanted, subject),
    overfit: (bound - Math.min(bound, ...before.filter(Number.isFinite))) / deviation,
  };
}

/** The negative ELBO, and what it needs. */
export async function boundOf(
  model: LatentModel,
  test: Split,
): Promise<Pick<Truth, "bound" | "deviation">> {
  const evaluation = await evaluate<string>(model, test, { samples: 4, seed: 1, limit: most });
  const { elbo, distortion } = evaluation;
  const { mean, standardError } = elbo === undefined ? distortion : elbo;
  const deviation = standardError * Math.sqrt(Math.min(most, test.shape[0]));
  return { bound: elbo === undefined ? mean : -mean, deviation };
}

/** Draws of the model's own prior; undefined where it has none. */
async function samplesOf(
  model: LatentModel,
  labels: Uint8Array | undefined,
): Promise<NdArray | undefined> {
  const hasPrior = Object.values(model.levels).every((level) => level.prior !== undefined);
  if (!hasPrior) return undefined;
  return model.sample(drawnCount, { seed: 1, ...(labels === undefined ? {} : { labels }) });
}

/** Values as models explain them: grey levels in [0, 1], others as they are. */
const valuesOf = ({ data }: NdArray): Float32Array =>
  Float32Array.from(data, (value) => (data instanceof Uint8Array ? value / 255 : value));

/** What squares are multiplied with: one over the variance, of each column of a table, of all values of anything else. */
function weightsOf({ values, isTable }: Subject, test: Split): Float64Array {
  const x = valuesOf(test);
  const n = x.length / values;
  const variances = Float64Array.from({ length: values }, (_, d) => {
    const own = Float64Array.from({ length: n }, (_, i) => x[i * values + d]);
    return estimateOf(own).standardError ** 2 * n;
  });
  const mean = variances.reduce((sum, value) => sum + value, 0) / values;
  return variances.map((variance) => 1 / (isTable ? variance || 1 : mean));
}

function nearestDistance(drawn: NdArray, test: Split, weights: Float64Array): number {
  const [a, b] = [valuesOf(drawn), valuesOf(test)];
  const size = weights.length;
  let sum = 0;
  for (let i = 0; i < a.length; i += size) {
    let nearest = Infinity;
    for (let j = 0; j < b.length; j += size) {
      let squares = 0;
      for (let k = 0; k < size && squares < nearest; k++) {
        squares += weights[k] * (a[i + k] - b[j + k]) ** 2;
      }
      nearest = Math.min(nearest, squares);
    }
    sum += nearest;
  }
  return sum / a.length;
}

/** Mean squared error, weighted, of what codes decode to; without codes of reconstructions. */
async function errorOf(
  model: LatentModel,
  test: Split,
  { weights, codes }: { readonly weights: Float64Array; readonly codes?: NdArray },
): Promise<number> {
  const told = model.condition === undefined ? {} : { labels: test.labels as Uint8Array };
  const shown =
    codes === undefined ? await model.reconstruct(test) : await model.decode(codes, told);
  const x = valuesOf(test);
  let sum = 0;
  shown.data.forEach((value, i) => (sum += weights[i % weights.length] * (value - x[i]) ** 2));
  return sum / x.length;
}

/** The error with the half of the latents that varies least put at 0; NaN where latents are not one vector with a prior. */
async function halvedError(
  model: LatentModel,
  test: Split,
  weights: Float64Array,
): Promise<number> {
  const levels = Object.values(model.levels);
  if (levels.length !== 1 || levels[0].latent.length !== 1 || levels[0].prior === undefined) {
    return NaN;
  }
  const codes = await model.encode(test);
  const [n, units] = codes.shape;
  const variances = Array.from({ length: units }, (_, d) => {
    const own = Float64Array.from({ length: n }, (_, i) => codes.data[i * units + d]);
    return { d, error: estimateOf(own).standardError };
  });
  const least = variances
    .toSorted((a, b) => a.error - b.error)
    .slice(0, Math.floor(units / 2))
    .map(({ d }) => d);
  const data = Float32Array.from(codes.data, (value, i) => (least.includes(i % units) ? 0 : value));
  return errorOf(model, test, { weights, codes: { data, shape: codes.shape } });
}

const judges = new WeakMap<Split, Promise<Classifier>>();

async function shareShown(drawn: NdArray, wanted: Uint8Array, subject: Subject): Promise<number> {
  let judge = judges.get(subject.train);
  if (judge === undefined) judges.set(subject.train, (judge = judgeOf(subject)));
  return accuracy(await (await judge).predict(drawn), wanted).mean;
}

async function judgeOf({ train: examples, shape, classes }: Subject): Promise<Classifier> {
  const model = classifier({ example: shape, classes, seed: 0 });
  await train(model, examples, {
    steps: 600,
    batchSize: 64,
    seed: 0,
    validation: 0,
    progress: "silent",
  });
  return model;
}
