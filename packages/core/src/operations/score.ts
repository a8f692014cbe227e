/** What examples cost under a model, one by one. */
import * as tf from "@tensorflow/tfjs-core";
import type { ExamplesLike } from "../data/examples.ts";
import { elboTerms, isRate } from "../model/elbo.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { importanceWeightedBound } from "../objective/bounds.ts";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { Random } from "../random/random.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { forEachChunk } from "../runner/rows.ts";
import type { Chunk } from "../runner/rows.ts";
import { scalarValues } from "../runner/feeds.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Rows } from "../step/rows.ts";
import { isOfBatch } from "../step/terms.ts";
import { readCall } from "./call.ts";
import type { CallOptions } from "./call.ts";
import { LogMeanExp } from "./logMeanExp.ts";

/** Figures of examples in nats, one each, in their order. */
export interface ExampleScores {
  /** `-log p(x|z)`, the mean over draws. */
  readonly distortion: Float64Array;
  /** `KL(q(z|x) || p(z))`, summed over levels; absent without a prior. */
  readonly rate?: Float64Array;
  /** `-(distortion + rate)`, weights 1 whatever the model was trained with. */
  readonly elbo?: Float64Array;
  /** `log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)` of k draws; absent for latents without densities. */
  readonly logLikelihood?: Float64Array;
  /** Every term of the ELBO by name: the distortion and the schemes' own, such as `commitment` or `top.rate`. */
  readonly terms: Readonly<Record<string, Float64Array>>;
}

/** How {@link scoreRows} draws. */
export interface ScoreRowsOptions {
  /** Default: all. */
  readonly indices?: ArrayLike<number>;
  /** Draws of the posterior per example. */
  readonly samples: number;
  /** Noise and preparation of an example depend on this generator and its index. */
  readonly random: Random;
  /** The step at which schedules are read; default the model's. */
  readonly step?: number;
  readonly compute: ComputeOptions;
  /** Examples at a time; changes nothing but rounding. Default 64. */
  readonly batchSize?: number;
}

/** Most rows of the decoder's batch, examples times draws; and most draws, since each of them makes the program longer. */
const mostRows = 1024;
const mostDraws = 16;

/** The largest number of draws at a time of which so many can be made. */
function drawsAtATime(samples: number, batchSize: number): number {
  const most = Math.max(1, Math.min(mostDraws, Math.floor(mostRows / batchSize)));
  for (let draws = Math.min(most, samples); draws > 1; draws--) {
    if (samples % draws === 0) return draws;
  }
  return 1;
}

const termPrefix = "term_";

/** The importance-weighted `bound` `[B]` of the draws where the latents have densities, and the terms `[B]`. */
function scoreProgram(model: LatentVariableModel, draws: number): Program {
  const { operations, levels } = model;
  const hasDensities = Object.values(levels).every((latents) => latents.logRatio !== undefined);
  return programOver(model, { draws }, (batch, context) => {
    const pass = operations.pass(batch, context);
    const outputs: Record<string, tf.Tensor> = {};
    for (const [name, term] of Object.entries(elboTerms(operations, pass))) {
      if (!isOfBatch(term)) outputs[termPrefix + name] = term;
    }
    if (hasDensities) {
      outputs["bound"] = importanceWeightedBound(
        tf.add(operations.logLikelihood(pass), operations.logRatio(pass)), // [K, B]
      );
    }
    return outputs;
  });
}

/** Scores rows of a model's columns. */
export async function scoreRows(
  model: LatentVariableModel,
  rows: Rows,
  options: ScoreRowsOptions,
): Promise<ExampleScores> {
  const { indices, random, compute, step = model.step, batchSize = 64 } = options;
  const { columns, noise = {}, schedules = {} } = model;
  const isRandom = Object.keys(noise).some((name) => name.startsWith("latents/"));
  const samples = isRandom ? options.samples : 1; // without noise all draws are the same
  const draws = drawsAtATime(samples, batchSize);
  const count = indices?.length ?? rows.count;
  const gathered = new Gathered(count, samples / draws);
  await forEachChunk(
    model,
    {
      name: `score ${draws} ${model.dataSize ?? 1}`,
      program: () => scoreProgram(model, draws),
      compute,
      count,
      ...(indices === undefined ? {} : { indices }),
      sources: [{ rows, columns, random: random.fork("prepare") }],
      noise,
      draws,
      random: random.fork("noise"),
      scalars: scalarValues(schedules, step),
      rounds: samples / draws,
      batchSize: Math.min(batchSize, count),
    },
    (chunk, outputs) => {
      gathered.add(chunk, outputs);
    },
  );
  return gathered.scores();
}

/** Sums over rounds. */
class Gathered {
  private readonly count: number;
  private readonly rounds: number;
  private readonly terms: Record<string, Float64Array> = {};
  private readonly weights = new Map<number, LogMeanExp>();

  constructor(count: number, rounds: number) {
    this.count = count;
    this.rounds = rounds;
  }

  /** Adds what one call of the program gave. */
  add(
    { start, count }: Chunk,
    outputs: Readonly<Record<string, { readonly data: ArrayLike<number> }>>,
  ): void {
    for (const [name, { data }] of Object.entries(outputs)) {
      if (!name.startsWith(termPrefix)) continue;
      const values = (this.terms[name.slice(termPrefix.length)] ??= new Float64Array(this.count));
      for (let row = 0; row < count; row++) values[start + row] += data[row] / this.rounds;
    }
    const bound = outputs["bound"]?.data;
    if (bound === undefined) return;
    for (let row = 0; row < count; row++) {
      let weight = this.weights.get(start + row);
      if (weight === undefined) this.weights.set(start + row, (weight = new LogMeanExp()));
      weight.add(bound[row]); // every round has as many draws, so the mean of rounds is that of draws
    }
  }

  scores(): ExampleScores {
    const { terms, weights } = this;
    const { distortion } = terms;
    const rates = Object.keys(terms).filter(isRate);
    const rate = new Float64Array(this.count);
    for (const name of rates) terms[name].forEach((value, i) => (rate[i] += value));
    return {
      distortion,
      ...(rates.length === 0
        ? {}
        : { rate, elbo: distortion.map((value, i) => -(value + rate[i])) }),
      ...(weights.size === 0
        ? {}
        : { logLikelihood: Float64Array.from([...weights.values()], (w) => w.value()) }),
      terms,
    };
  }
}

interface ScoreOwn {
  /** Draws of the posterior per example, at least 1; default 1. More than one also give the importance-weighted likelihood. */
  readonly samples?: number;
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
}

/** Options of {@link score}. */
export interface ScoreOptions extends CallOptions, ScoreOwn {}

const scoreOptions = {
  samples: {
    rule: rules.integer({ min: 1 }),
    default: 1,
    doc: "draws of the posterior per example",
  },
  seed: { rule: rules.integer(), default: 0, doc: "seed of noise and binarization" },
} satisfies OptionTable<ScoreOwn>;

/**
 * Every term of the ELBO for each example, in nats; low is likely. With `samples` above 1 also the importance-weighted
 * log likelihood (Burda et al. 2016, arXiv:1509.00519, equation 8).
 *
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function score(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: ScoreOptions = {},
): Promise<ExampleScores> {
  const fn = "score";
  const { own, told, compute } = readCall({ model, fn }, scoreOptions, options);
  const rows = await model.rows(fn, x, told);
  const random = new Random(own.seed).fork("score");
  const { logLikelihood, ...scores } = await scoreRows(model, rows, { ...own, random, compute });
  return own.samples === 1 || logLikelihood === undefined ? scores : { ...scores, logLikelihood };
}
