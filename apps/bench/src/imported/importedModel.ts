import {
  createLikelihood,
  deterministic,
  fillNoiseInto,
  gaussian,
  logSumExp,
  Random,
  reparameterized,
} from "@elbo/core";
import type {
  ColumnReader,
  Examples,
  ExampleScores,
  JsonObject,
  Latents,
  Likelihood,
  LikelihoodChoice,
  NdArray,
  NoiseKind,
} from "@elbo/core";
import type { MeasuredModel } from "../measures/measuredModel.ts";
import { assertSettled, readImportedOptions } from "./options.ts";
import { onnxRuntime } from "./onnxRuntime.ts";
import { Pair } from "./pair.ts";
import { programsOf } from "./programs.ts";
import type { ImportedOptions } from "./options.ts";
import type { Programs, ProgramParts } from "./programs.ts";

/** What an imported model is opened for. */
export interface ImportSetting extends Pick<ProgramParts, "engine" | "threads"> {
  /** Shape of an example. */
  readonly image: readonly number[];
  /** p(x | z) unless the row says another. */
  readonly likelihood: LikelihoodChoice;
}

/** Examples at a time, and draws of each of them at a time at most. */
const chunk = 64;
const mostDraws = 16;

/** Names that make the noise of an example; those of the same noise of a model of one level in core. */
const noiseNames = { posterior: "latents/z/posterior", prior: "latents/z/prior" } as const;

/**
 * An encoder and a decoder from ONNX files with Gaussian latents under N(0, I), or without noise, and a likelihood: what trained them is
 * of no matter. The networks run on ONNX Runtime; densities, divergences and draws are core's, so that figures are those of its own
 * models: with equal networks, seeds and likelihood they differ by rounding only.
 */
export class ImportedModel implements MeasuredModel {
  readonly levels: Readonly<Record<"z", Latents<unknown>>>;
  readonly condition = undefined;
  /** What runs the networks. */
  readonly engine: string;
  private readonly pair: Pair;
  private readonly decodes: "mean" | "logits";
  private readonly likelihood: Likelihood;
  private readonly parts: ProgramParts;
  private readonly programs = new Map<number, Programs>();

  private constructor(
    pair: Pair,
    options: ImportedOptions,
    {
      engine,
      likelihood,
      parts,
    }: { engine: string; likelihood: Likelihood; parts: Pick<ProgramParts, "engine" | "threads"> },
  ) {
    this.pair = pair;
    this.engine = engine;
    this.decodes = options.decoder.mean === undefined ? "logits" : "mean";
    this.likelihood = likelihood;
    const { size, isNoisy } = pair;
    const z = isNoisy
      ? reparameterized({ size, posterior: gaussian })
      : deterministic([size], "sample: an autoencoder has no prior to draw from");
    this.levels = { z };
    this.parts = { ...parts, likelihood, latents: this.levels.z };
  }

  /**
   * Opens the files of a row.
   *
   * @param given options of the row, as the configuration has them
   * @throws TypeError, RangeError or Error in one sentence for options and files that do not fit one another or the data
   */
  static async open(given: JsonObject, setting: ImportSetting): Promise<ImportedModel> {
    const options = readImportedOptions(given);
    const { image, engine, threads } = setting;
    const likelihood = createLikelihood(options.likelihood ?? setting.likelihood, image);
    assertSettled(likelihood.kind, likelihood.options);
    const found = await onnxRuntime();
    const pair = await Pair.open(options, image, found);
    return new ImportedModel(pair, options, {
      engine: found.name,
      likelihood,
      parts: { engine, threads },
    });
  }

  async encode(x: Examples): Promise<NdArray<Float32Array>> {
    const rows = this.rows("encode", x);
    return (await this.pair.encode(rows.grey(), rows.count)).mean;
  }

  async posterior(
    x: Examples,
    { draws = 0, seed = 0 }: { readonly draws?: number; readonly seed?: number } = {},
  ): Promise<Readonly<Record<string, NdArray>>> {
    const rows = this.rows("posterior", x);
    const { mean, logVar } = await this.pair.encode(rows.grey(), rows.count);
    if (logVar === undefined) return { z: mean };
    if (draws === 0) return { mean, logVar };
    const random = new Random(seed).fork("posterior", noiseNames.posterior);
    const { size } = this.pair;
    const data = new Float32Array(rows.count * draws * size);
    for (let row = 0; row < rows.count; row++) {
      const own = data.subarray(row * draws * size, (row + 1) * draws * size);
      fillNoiseInto(own, "normal", random.fork(row));
      for (let i = 0; i < own.length; i++) {
        const at = row * size + (i % size);
        own[i] = mean.data[at] + Math.exp(logVar.data[at] / 2) * own[i];
      }
    }
    return { mean, logVar, draws: { data, shape: [rows.count, draws, size] } };
  }

  decode({ data, shape }: NdArray): Promise<NdArray<Float32Array>> {
    return this.shown(Float32Array.from(data), shape.slice(0, 1));
  }

  async reconstruct(x: Examples): Promise<NdArray<Float32Array>> {
    return this.decode(await this.encode(x));
  }

  async sample(count: number, { seed }: { readonly seed: number }): Promise<NdArray<Float32Array>> {
    const { noPrior, priorNoise } = this.levels.z;
    if (noPrior !== undefined) throw new Error(noPrior);
    const { kind } = priorNoise as { readonly kind: NoiseKind };
    const random = new Random(seed).fork("sample", noiseNames.prior);
    const { size } = this.pair;
    const z = new Float32Array(count * size);
    for (let row = 0; row < count; row++)
      fillNoiseInto(z.subarray(row * size, (row + 1) * size), kind, random.fork(row));
    return this.shown(z, [count]);
  }

  /** Straight ways, both ends included, `[n, steps, ...]`. */
  async interpolate(
    a: Examples,
    b: Examples,
    { steps }: { readonly steps: number },
  ): Promise<NdArray<Float32Array>> {
    const [from, to] = [await this.encode(a), await this.encode(b)];
    const [count, size] = from.shape;
    const z = Float32Array.from({ length: count * steps * size }, (_, i) => {
      const t = (Math.floor(i / size) % steps) / (steps - 1);
      const at = Math.floor(i / (steps * size)) * size + (i % size);
      return from.data[at] + t * (to.data[at] - from.data[at]);
    });
    return this.shown(z, [count, steps]);
  }

  /** `[dimensions, values, ...]` of one example. */
  async traverse(
    x: Examples,
    {
      dimensions,
      values,
    }: { readonly dimensions: readonly number[]; readonly values: readonly number[] },
  ): Promise<NdArray<Float32Array>> {
    const { data } = await this.encode(x);
    const { size } = this.pair;
    const z = Float32Array.from({ length: dimensions.length * values.length * size }, (_, i) => {
      const place = Math.floor(i / size);
      const isMoved = i % size === dimensions[Math.floor(place / values.length)];
      return isMoved ? values[place % values.length] : data[i % size];
    });
    return this.shown(z, [dimensions.length, values.length]);
  }

  async score(
    x: Examples,
    { samples, seed }: { readonly samples: number; readonly seed: number },
  ): Promise<Omit<ExampleScores, "terms">> {
    const rows = this.rows("score", x);
    const wanted = this.pair.isNoisy ? samples : 1;
    const draws = drawsAtATime(wanted);
    const random = new Random(seed).fork("score");
    const distortion = new Float64Array(rows.count);
    const rate = new Float64Array(rows.count);
    const bounds = Array.from({ length: rows.count }, () => new Float64Array(wanted / draws));
    for (let start = 0; start < rows.count; start += chunk) {
      const count = Math.min(chunk, rows.count - start);
      const prepared = rows.prepared(random.fork("prepare"), { start, count });
      const features = await this.features(prepared, count);
      const noise = Array.from({ length: count }, (_, i) =>
        random.fork("noise", noiseNames.posterior, start + i),
      );
      for (let round = 0; round < wanted / draws; round++) {
        const given = await this.scoreRound({ prepared, features, noise, draws });
        for (let i = 0; i < count; i++) {
          distortion[start + i] += (given["distortion"].data[i] * draws) / wanted;
          if (!this.pair.isNoisy) continue;
          rate[start + i] = given["rate"].data[i];
          bounds[start + i][round] = given["bound"].data[i];
        }
      }
    }
    if (!this.pair.isNoisy) return { distortion };
    const elbo = distortion.map((value, i) => -(value + rate[i]));
    const logLikelihood = Float64Array.from(
      bounds,
      (values) => logSumExp(values) - Math.log(values.length),
    );
    return { distortion, rate, elbo, ...(samples > 1 && { logLikelihood }) };
  }

  /** Mean latents `[n, L]` of examples as the likelihood wants them: binarized where it binarizes. */
  async preparedMeans(x: Examples, seed: number): Promise<NdArray<Float32Array>> {
    const rows = this.rows("evaluate", x);
    const random = new Random(seed).fork("evaluate", "prepare");
    const prepared = rows.prepared(random, { start: 0, count: rows.count });
    return (await this.pair.encode(prepared, rows.count)).mean;
  }

  dispose(): void {
    for (const { draw, score } of this.programs.values()) {
      draw.dispose();
      score.dispose();
    }
    this.pair.close().catch(() => undefined);
  }

  private rows(fn: string, x: Examples): Rows {
    return new Rows(this.likelihood, fn, x);
  }

  /** What the latents are made of, `[n, 2 L]` or `[n, L]`. */
  private async features(x: Float32Array, count: number): Promise<Float32Array> {
    const { mean, logVar } = await this.pair.encode(x, count);
    if (logVar === undefined) return mean.data;
    const { size } = this.pair;
    const both = new Float32Array(2 * mean.data.length);
    for (let row = 0; row < count; row++) {
      both.set(mean.data.subarray(row * size, (row + 1) * size), 2 * row * size);
      both.set(logVar.data.subarray(row * size, (row + 1) * size), (2 * row + 1) * size);
    }
    return both;
  }

  /** Some draws of a chunk of examples. */
  private async scoreRound({
    prepared,
    features,
    noise,
    draws,
  }: {
    readonly prepared: Float32Array;
    readonly features: Float32Array;
    readonly noise: readonly Random[];
    readonly draws: number;
  }): Promise<Record<string, NdArray>> {
    const { size } = this.pair;
    const { shape } = this.likelihood.column;
    const count = noise.length;
    const drawn = new Float32Array(count * draws * size);
    noise.forEach((stream, row) => {
      fillNoiseInto(drawn.subarray(row * draws * size, (row + 1) * draws * size), "normal", stream);
    });
    const { draw, score } = this.programsFor(draws);
    const given = { data: features, shape: [count, features.length / count] };
    const { z } = await draw({
      features: given,
      noise: { data: drawn, shape: [count, draws, size] },
    });
    const decoded = await this.pair.decode(z.data as Float32Array, count * draws);
    return score({
      features: given,
      z,
      x: { data: prepared, shape: [count, ...shape] },
      decoded: { data: this.parametersOf(decoded), shape: [count, draws, ...shape] },
    });
  }

  private programsFor(draws: number): Programs {
    const known = this.programs.get(draws);
    if (known !== undefined) return known;
    const made = programsOf(this.parts, draws);
    this.programs.set(draws, made);
    return made;
  }

  /** What the likelihood takes of what the decoder gives. */
  private parametersOf(decoded: Float32Array): Float32Array {
    const wanted = this.likelihood.kind === "bernoulli" ? "logits" : "mean";
    if (wanted === this.decodes) return decoded;
    return decoded.map(wanted === "logits" ? logit : sigmoid);
  }

  /** Latents, a vector after the other, as mean examples `[...leading, ...example]`. */
  private async shown(z: Float32Array, leading: readonly number[]): Promise<NdArray<Float32Array>> {
    const decoded = await this.pair.decode(
      z,
      leading.reduce((a, b) => a * b, 1),
    );
    return {
      data: this.decodes === "logits" ? decoded.map(sigmoid) : decoded,
      shape: [...leading, ...this.likelihood.column.shape],
    };
  }
}

const sigmoid = (value: number): number => 1 / (1 + Math.exp(-value));

/** Half a step of float32 below 1, which is what 1 says of a probability; and the least above 0. */
const belowOne = 1 - 2 ** -25;
const aboveZero = 2 ** -149;

/** `ln p - ln (1 - p)`; 0 and 1 are taken as the nearest probabilities that float32 rounds to them. */
function logit(p: number): number {
  const held = Math.min(belowOne, Math.max(aboveZero, p));
  return Math.log(held) - Math.log1p(-held);
}

/** The largest number of draws at a time of which so many can be made. */
function drawsAtATime(samples: number): number {
  let draws = Math.min(mostDraws, samples);
  while (samples % draws !== 0) draws--;
  return draws;
}

/** Examples on their way to an encoder. */
class Rows {
  readonly count: number;
  private readonly size: number;
  private readonly reader: ColumnReader;

  constructor(likelihood: Likelihood, fn: string, { data, shape }: Examples) {
    this.count = shape[0];
    this.size = shape.slice(1).reduce((a, b) => a * b, 1);
    this.reader = likelihood.reader({ fn, name: "x" }, { data, shape } as NdArray);
  }

  /** Values as they are. */
  grey(): Float32Array {
    const out = new Float32Array(this.count * this.size);
    for (let index = 0; index < this.count; index++)
      this.reader.fillRow(out, { at: index * this.size, index });
    return out;
  }

  /** Values as the likelihood wants them, of some rows; what is drawn for a row goes by its place. */
  prepared(
    random: Random,
    { start, count }: { readonly start: number; readonly count: number },
  ): Float32Array {
    const out = new Float32Array(count * this.size);
    for (let i = 0; i < count; i++)
      this.reader.fillRow(out, { at: i * this.size, index: start + i }, random.fork(start + i));
    return out;
  }
}
