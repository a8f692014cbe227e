import type { NdArray } from "@elbo/jit";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { ExamplesLike } from "../data/examples.ts";
import type { ExampleRows } from "../model/exampleRows.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { takeRows } from "../ndArray.ts";
import { encodeRows } from "../operations/encode.ts";
import { scoreRows } from "../operations/score.ts";
import { Random } from "../random/random.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import { errorMap } from "./errorMap.ts";
import { latentGaussian } from "./latentGaussian.ts";
import type { Mahalanobis } from "./latentGaussian.ts";
import { assertRegret, likelihoodRegret } from "./likelihoodRegret.ts";

const scores = ["likelihood", "elbo", "distortion", "mahalanobis", "regret"] as const;

/** How an example is scored; high is anomalous. All but the Mahalanobis distance are nats. */
export type AnomalyScore = (typeof scores)[number];

/** Options of {@link anomalyDetector}. */
export interface AnomalyDetectorOptions extends ComputeOptions {
  /**
   * - `"likelihood"` (default): `-log p(x)` by importance weighting of `samples` draws.
   * - `"elbo"`: `distortion + rate`, the mean over as many draws.
   * - `"distortion"`: `-log p(x | z)` alone.
   * - `"mahalanobis"`: squared distance of the mean latents from those of half of the normal examples.
   * - `"regret"`: what `steps` updates of the example's own posterior gain (Xiao et al. 2020).
   */
  readonly score?: AnomalyScore;
  /** The share of normal examples that may be taken for anomalies, at most; default 0.05. */
  readonly falseAlarms?: number;
  /** Draws of the posterior per example; default 16. */
  readonly samples?: number;
  /** Updates per example of `"regret"`; default 50. */
  readonly steps?: number;
  /** Seed of draws and of the split of normal examples; default 0. */
  readonly seed?: number;
}

const detectorTable = {
  score: { rule: rules.oneOf(scores), default: "likelihood", doc: "how an example is scored" },
  falseAlarms: {
    rule: rules.number({ above: 0, below: 1 }),
    default: 0.05,
    doc: "share of normal examples that may be taken for anomalies",
  },
  samples: { rule: rules.integer({ min: 1 }), default: 16, doc: "draws per example" },
  steps: { rule: rules.integer({ min: 1 }), default: 50, doc: "updates per example of regret" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of draws and of the split" },
  ...computeOptions,
} satisfies OptionTable<AnomalyDetectorOptions>;

/** What {@link AnomalyDetector.detect} gives. */
export interface Detection {
  /** One number per example, high for anomalies. */
  readonly scores: Float64Array;
  /** 1 where the score is above the threshold. */
  readonly anomalous: Uint8Array;
}

/** A model with a score and a threshold. */
export interface AnomalyDetector {
  readonly score: AnomalyScore;
  /** The largest score that passes for normal. */
  readonly threshold: number;
  /** Scores and decisions. */
  detect(x: ExamplesLike): Promise<Detection>;
  /** Where each example is unexpected: `-log p(x_i | z)` of every value in nats, `[n, ...]`. */
  map(x: ExamplesLike): Promise<NdArray<Float32Array>>;
}

/**
 * Finds examples that are not like normal ones: fits a threshold to the scores of normal examples that the model was not trained on.
 *
 * The threshold is the `ceil((n + 1)(1 - falseAlarms))`-th smallest of their n scores: a further normal example, drawn as they
 * were, passes it with a probability of at most `falseAlarms`, whatever the model (split conformal prediction; Vovk et al. 2005).
 * With `"mahalanobis"` half of the normal examples, chosen by the seed, fit the Gaussian and the others the threshold.
 *
 * Likelihoods have a known weakness: simple examples, such as blank grey images, get high likelihoods whatever the training set
 * (Nalisnick et al. 2019, arXiv:1810.09136), so they pass. Regret and the Mahalanobis distance do better there.
 *
 * @param model trained on normal examples
 * @param normal held-out normal examples, at least `1 / falseAlarms - 1`
 * @throws TypeError or RangeError for options or examples that do not fit, Error for a score that the model has not
 */
export async function anomalyDetector(
  model: LatentVariableModel,
  normal: ExamplesLike,
  options: AnomalyDetectorOptions = {},
): Promise<AnomalyDetector> {
  const fn = "anomalyDetector";
  const { score, falseAlarms, samples, steps, seed, ...ways } = readOptions(
    fn,
    detectorTable,
    options,
  );
  const compute = computeOf(model.compute, ways);
  const scoring: Scoring = { score, samples, steps, seed, compute };
  assertScore(fn, model, score);
  const rows = await model.rows(fn, normal);
  const fitted = score === "mahalanobis" ? await fitHalf(model, rows, scoring) : undefined;
  const calibration = fitted?.others ?? (await scoresOf(model, rows, scoring));
  const threshold = quantile(fn, calibration, falseAlarms);
  const all = { ...scoring, distance: fitted?.distance };
  return {
    score,
    threshold,
    async detect(x) {
      const values = await scoresOf(model, await model.rows("detect", x), all);
      return { scores: values, anomalous: Uint8Array.from(values, (v) => (v > threshold ? 1 : 0)) };
    },
    map: (x) => errorMap(model, x, compute),
  };
}

interface Scoring {
  readonly score: AnomalyScore;
  readonly samples: number;
  readonly steps: number;
  readonly seed: number;
  readonly compute: ComputeOptions;
  readonly distance?: Mahalanobis | undefined;
}

function assertScore(fn: string, model: LatentVariableModel, score: AnomalyScore): void {
  const levels = Object.values(model.levels);
  if (score === "regret") assertRegret(fn, model);
  const isVector = levels.length === 1 && levels[0].latent.length === 1;
  if (score === "mahalanobis" && !isVector) {
    throw new Error(`${fn}: the Mahalanobis distance needs latents of one vector, got others`);
  }
  const hasRate = levels.every((latents) => latents.prior !== undefined);
  const hasDensities = levels.every((latents) => latents.logRatio !== undefined);
  if ((score === "elbo" && !hasRate) || (score === "likelihood" && !hasDensities)) {
    throw new Error(
      `${fn}: the score ${score} needs latents with a prior and densities, got those of a ${model.kind}; use "distortion"`,
    );
  }
}

/** Fits the Gaussian to half of the rows, and gives the distances of the others. */
async function fitHalf(
  model: LatentVariableModel,
  rows: ExampleRows,
  { seed, compute }: Scoring,
): Promise<{ distance: Mahalanobis; others: Float64Array }> {
  const codes = await codesOf(model, rows, compute);
  const order = new Random(seed).fork("anomaly").permutation(rows.count);
  const half = Math.ceil(rows.count / 2);
  const distance = latentGaussian("anomalyDetector", takeRows(codes, order.subarray(0, half)));
  return { distance, others: distance(takeRows(codes, order.subarray(half))) };
}

async function codesOf(
  model: LatentVariableModel,
  rows: ExampleRows,
  compute: ComputeOptions,
): Promise<NdArray<Float32Array>> {
  const { latents } = await encodeRows(model, rows, compute);
  return Object.values(latents)[0] as NdArray<Float32Array>;
}

async function scoresOf(
  model: LatentVariableModel,
  rows: ExampleRows,
  { score, samples, steps, seed, compute, distance }: Scoring,
): Promise<Float64Array> {
  if (distance !== undefined) return distance(await codesOf(model, rows, compute));
  if (score === "regret") {
    return likelihoodRegret(model, rows, { steps, samples: Math.min(samples, 4), seed, compute });
  }
  const random = new Random(seed).fork("anomaly");
  const { distortion, elbo, logLikelihood } = await scoreRows(model, rows, {
    samples,
    random,
    compute,
  });
  if (score === "distortion") return distortion;
  const bound = (score === "elbo" ? elbo : logLikelihood) as Float64Array;
  return bound.map((value) => -value);
}

/** The conformal quantile of scores. */
function quantile(fn: string, values: Float64Array, falseAlarms: number): number {
  const n = values.length;
  const rank = Math.ceil((n + 1) * (1 - falseAlarms));
  if (rank > n) {
    throw new RangeError(
      `${fn}: normal must hold at least ${Math.ceil(1 / falseAlarms - 1)} examples to fit the threshold on, so that ${falseAlarms} of them can be told, got ${n}`,
    );
  }
  return values.slice().sort()[rank - 1];
}
