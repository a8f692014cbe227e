import type { NdArray } from "@elbo/jit";
import { assertInteger, assertKnownOptions } from "../arguments.ts";
import type { Examples, ExamplesLike, LabelsLike } from "../data/examples.ts";
import { fillBatchInto } from "../data/fillBatch.ts";
import { sizeOf } from "../data/ndArray.ts";
import { noiseBuffers } from "../data/noise.ts";
import type { ComputeOptions } from "../model/definition.ts";
import type { LatentModel } from "../model/latentModel.ts";
import { noiseFeed } from "../model/programs.ts";
import { scalarFeeds } from "../model/rows.ts";
import type { FeedBuffers } from "../model/rows.ts";
import { fillNoiseInto } from "../random/noise.ts";
import { Random } from "../random/random.ts";
import { activeUnits, estimateOf, Jackknife } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { evaluateProgram, sumPrefix, termPrefix } from "./evaluateProgram.ts";
import { LogMeanExp } from "./logMeanExp.ts";

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends ComputeOptions {
  /** Draws of the posterior for each example, at least 1; default 64. */
  readonly samples?: number;
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
  /** Examples at a time; changes nothing but rounding. Default 64. */
  readonly batchSize?: number;
  /** Only so many examples, the first ones. */
  readonly limit?: number;
  /** Labels, where the examples do not bring them. */
  readonly labels?: LabelsLike;
}

/** Figures of a model on held-out data, each with its standard error. */
export type Evaluation = Readonly<Record<string, Estimate>>;

/** Most rows of the decoder's batch, examples times draws; and most draws, since each of them makes the program longer. */
const mostRows = 1024;
const mostDraws = 16;

/**
 * Measures a model on held-out examples, in nats per example.
 *
 * - `distortion`: `-E_q[log p(x|z)]`, by the mean over the draws.
 * - `rate`: KL(q(z|x) || p(z)); `elbo`: `-(distortion + rate)`, weights 1 whatever the model was trained with.
 * - `nll`: `-log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)`, the importance-weighted bound of k = `samples` draws.
 * - `activeUnits`: latent dimensions with `Var_x(E_q[z_d|x]) > 0.01`.
 * - `mse`: squared error per value of `reconstruct(x)`, on [0, 1] before any binarization.
 * - the scheme's other terms by their names, and its own figures (such as perplexity) over the whole pass.
 *
 * Figures that a model does not have (a rate without a prior) are absent. Noise and binarization of an example depend on
 * the seed and on its position, so results do not depend on the batch size but for float rounding.
 * Source of nll and activeUnits: Burda et al. 2016 (arXiv:1509.00519).
 *
 * @param examples images `[n, height, width, channels]`, with labels for models of labelled data
 * @throws TypeError or RangeError for bad arguments
 */
export async function evaluate(
  model: LatentModel,
  examples: ExamplesLike,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  const fn = "evaluate";
  assertKnownOptions(fn, options, [
    "samples",
    "seed",
    "batchSize",
    "limit",
    "labels",
    "engine",
    "device",
    "threads",
  ]);
  const { samples = 64, seed = 0, batchSize = 64, limit } = options;
  assertInteger({ fn, name: "samples" }, samples, { min: 1 });
  assertInteger({ fn, name: "seed" }, seed);
  assertInteger({ fn, name: "batchSize" }, batchSize, { min: 1 });
  if (limit !== undefined) assertInteger({ fn, name: "limit" }, limit, { min: 1 });
  const images = await model.examplesFor(fn, examples);
  const labels = model.labelsFor(fn, options.labels ?? images.labels, images.shape[0]);
  const count = Math.min(limit ?? Infinity, images.shape[0]);
  const pass = new Pass(model, { images, labels, count, batchSize, seed });
  // Without noise all draws are the same.
  const draws = Object.keys(model.scheme.noise).length === 0 ? 1 : samples;
  await pass.run(draws, model.computeWith(options));
  return pass.results();
}

interface PassOptions {
  readonly images: Examples;
  readonly labels: Int32Array | undefined;
  readonly count: number;
  readonly batchSize: number;
  readonly seed: number;
}

/** One pass over the data: buffers, and what has been gathered about every example. */
class Pass {
  private readonly model: LatentModel;
  private readonly options: PassOptions;
  private readonly random: Random;
  private readonly squaredError: Float64Array;
  private readonly distortion: Float64Array;
  private readonly nll: Float64Array | undefined;
  private readonly terms = new Map<string, Float64Array>();
  private readonly latents: Float32Array | undefined;
  private readonly jackknife = new Jackknife();

  constructor(model: LatentModel, options: PassOptions) {
    const { count, seed } = options;
    const { scheme } = model;
    const { latentShape } = scheme;
    this.model = model;
    this.options = options;
    this.random = new Random(seed).fork("evaluate");
    this.squaredError = new Float64Array(count);
    this.distortion = new Float64Array(count);
    this.nll = scheme.logRatio === undefined ? undefined : new Float64Array(count);
    this.latents = latentShape.length === 1 ? new Float32Array(count * latentShape[0]) : undefined;
  }

  async run(draws: number, compute: ComputeOptions): Promise<void> {
    const { count, batchSize } = this.options;
    const size = Math.min(batchSize, count);
    // Draws at a time; the last round may compute more than are counted.
    const most = Math.max(1, Math.min(mostDraws, Math.floor(mostRows / size)));
    const rounds = Math.ceil(draws / most);
    const drawsAtATime = Math.ceil(draws / rounds);
    const program = this.model.programs.get(
      `evaluate ${drawsAtATime}`,
      () => evaluateProgram(this.model, drawsAtATime),
      compute,
    );
    const feeds: FeedBuffers = scalarFeeds(this.model.scheme, 0);
    for (let start = 0; start < count; start += size) {
      const rows = Int32Array.from({ length: size }, (_, i) => Math.min(start + i, count - 1));
      const counted = Math.min(size, count - start);
      this.fillExamples(feeds, rows);
      const fillNoise = this.noiseFiller(rows, drawsAtATime);
      const examples = Array.from({ length: counted }, (_, row) => ({
        index: start + row,
        row,
        weight: new LogMeanExp(),
      }));
      let names: string[] | undefined;
      for (let done = 0; done < draws; done += drawsAtATime) {
        fillNoise(feeds);
        const outputs = await program(feeds, names === undefined ? {} : { outputs: names });
        const columns = { of: drawsAtATime, use: Math.min(drawsAtATime, draws - done), draws };
        for (const example of examples) {
          this.addDraws(example, outputs, columns);
          if (names === undefined) this.addExample(example, outputs);
        }
        names = Object.keys(outputs).filter(isDrawn);
      }
      if (this.nll) for (const { index, weight } of examples) this.nll[index] = -weight.value();
    }
  }

  /** All figures there are. */
  results(): Record<string, Estimate> {
    const { rate, metrics } = this.model.scheme;
    const others = [...this.terms].filter(([name]) => name !== rate);
    const rates = rate === undefined ? undefined : this.terms.get(rate);
    return {
      ...(rates && {
        elbo: estimateOf(this.distortion.map((value, i) => -(value + rates[i]))),
      }),
      distortion: estimateOf(this.distortion),
      ...(rates && { rate: estimateOf(rates) }),
      ...(this.nll && { nll: estimateOf(this.nll) }),
      ...(this.latents && {
        activeUnits: activeUnits(this.latents, this.model.scheme.latentShape[0]),
      }),
      mse: estimateOf(this.squaredError),
      ...Object.fromEntries(others.map(([name, values]) => [name, estimateOf(values)])),
      ...(metrics && this.jackknife.estimates((sums, examples) => metrics.finish(sums, examples))),
    };
  }

  private fillExamples(feeds: FeedBuffers, rows: Int32Array): void {
    const { images, labels } = this.options;
    const { image, likelihood } = this.model;
    const values = rows.length * sizeOf(image);
    const x = (feeds["x"] ??= new Float32Array(values)) as Float32Array;
    const grey = (feeds["grey"] ??= new Float32Array(values)) as Float32Array;
    fillBatchInto(x, images, {
      indices: rows,
      preparation: likelihood.preparation,
      random: (index) => this.random.fork("binarize", index),
    });
    fillBatchInto(grey, images, { indices: rows, preparation: "scale" });
    if (labels !== undefined) feeds["y"] = rows.map((index) => labels[index]);
  }

  /** Fills noise `[B, S, ...]` for the next draws, each example from a stream of its own that goes on from call to call. */
  private noiseFiller(rows: Int32Array, draws: number): (feeds: FeedBuffers) => void {
    const { noise } = this.model.scheme;
    const repeated = Object.fromEntries(
      Object.entries(noise).map(([name, { kind, shape }]) => [
        name,
        { kind, shape: [draws, ...shape] },
      ]),
    );
    const buffers = noiseBuffers(repeated, rows.length);
    const streams = Object.fromEntries(
      Object.keys(noise).map((name) => {
        const ofName = this.random.fork("noise", name);
        return [name, Array.from(rows, (index) => ofName.fork(index))];
      }),
    );
    return (feeds) => {
      for (const [name, { kind, shape }] of Object.entries(repeated)) {
        const size = sizeOf(shape);
        streams[name].forEach((stream, row) => {
          fillNoiseInto(buffers[name].subarray(row * size, (row + 1) * size), kind, stream);
        });
        feeds[noiseFeed(name)] = buffers[name];
      }
    };
  }

  /** Adds the draws of one example that a call gave. */
  private addDraws(
    example: Example,
    outputs: Outputs,
    { of, use, draws }: { readonly of: number; readonly use: number; readonly draws: number },
  ): void {
    const { index, row, weight } = example;
    for (let s = 0; s < use; s++) {
      const logLikelihood = outputs["logLikelihood"].data[row * of + s];
      this.distortion[index] -= logLikelihood / draws;
      const logRatio = outputs["logRatio"];
      if (logRatio !== undefined) weight.add(logLikelihood + logRatio.data[row * of + s]);
      for (const [name, { data }] of Object.entries(outputs)) {
        if (!name.startsWith(termPrefix)) continue;
        this.term(name.slice(termPrefix.length))[index] += data[row * of + s] / draws;
      }
    }
  }

  /** Adds what does not depend on draws. */
  private addExample({ index, row }: Example, outputs: Outputs): void {
    this.squaredError[index] = outputs["squaredError"].data[row];
    if (this.latents !== undefined) {
      const [size] = this.model.scheme.latentShape;
      this.latents.set(rowOf(outputs["latents"], row), index * size);
    }
    const sums = Object.entries(outputs).filter(([name]) => name.startsWith(sumPrefix));
    const parts = sums.map(
      ([name, output]) => [name.slice(sumPrefix.length), rowOf(output, row)] as const,
    );
    this.jackknife.add(index, Object.fromEntries(parts));
  }

  private term(name: string): Float64Array {
    let values = this.terms.get(name);
    if (values === undefined) {
      values = new Float64Array(this.options.count);
      this.terms.set(name, values);
    }
    return values;
  }
}

type Outputs = Readonly<Record<string, NdArray>>;

interface Example {
  /** Position among the examples. */
  readonly index: number;
  /** Position in the batch. */
  readonly row: number;
  readonly weight: LogMeanExp;
}

const rowOf = ({ data, shape }: NdArray, row: number): NdArray["data"] => {
  const size = sizeOf(shape.slice(1));
  return data.subarray(row * size, (row + 1) * size);
};

/** Whether an output depends on the draws. */
const isDrawn = (name: string): boolean =>
  name === "logLikelihood" || name === "logRatio" || name.startsWith(termPrefix);
