import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import {
  assertInteger,
  assertKnownOptions,
  assertNumber,
  assertPath,
  assertShape,
} from "../arguments.ts";
import type { ArgumentName } from "../arguments.ts";
import { toExamples, toLabels } from "../data/examples.ts";
import type { Examples, ExamplesLike, LabelsLike } from "../data/examples.ts";
import { fillBatchInto } from "../data/fillBatch.ts";
import { sizeOf, toNdArray } from "../data/ndArray.ts";
import { fillRowNoiseInto, noiseBuffers } from "../data/noise.ts";
import type { Likelihood } from "../distributions/likelihood.ts";
import type { JsonObject } from "../json.ts";
import type { Objective } from "../objective/objective.ts";
import { Random } from "../random/random.ts";
import { exportOnnx } from "../saving/exportOnnx.ts";
import { saveModel } from "../saving/saveModel.ts";
import { createCondition } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { ComputeOptions, ModelDefinition } from "./definition.ts";
import { exampleTerms } from "./exampleTerms.ts";
import type { LatentScheme } from "./latentScheme.ts";
import { createObjective } from "./createObjective.ts";
import { axisLines, straightLines } from "./latentPaths.ts";
import { computeKeys, computeOf } from "./methodOptions.ts";
import type {
  InterpolateOptions,
  LabelOptions,
  LossOptions,
  LossReport,
  SampleOptions,
  TraverseOptions,
} from "./methodOptions.ts";
import { checkNetwork } from "./networkShapes.ts";
import type { InputForm } from "./networkShapes.ts";
import {
  decodeProgram,
  encodeProgram,
  noiseFeed,
  ProgramCache,
  renderProgram,
  sampleProgram,
} from "./programs.ts";
import { checkCodes, maximalValues, runRows } from "./rows.ts";
import { networkVariables, readVariables, writeVariables } from "./variables.ts";
import type { NamedVariable } from "./variables.ts";

/**
 * An encoder network, a latent scheme, a decoder network and a likelihood: what every variant is.
 *
 * Takes and returns typed arrays with a shape (a `tf.Tensor` is accepted); everything that computes is asynchronous and
 * runs on `@elbo/jit`. Made by {@link createModel}, usually inside a variant's factory.
 */
export class LatentModel<P = unknown> {
  readonly kind: string;
  /** The variant's options, as `model.json` keeps them. */
  readonly options: JsonObject;
  /** `[height, width, channels]`. */
  readonly image: readonly [number, number, number];
  readonly scheme: LatentScheme<P>;
  readonly encoder: tfl.LayersModel;
  readonly decoder: tfl.LayersModel;
  readonly likelihood: Likelihood;
  /** Weights of the terms. */
  readonly objective: Objective;
  readonly condition: Condition | undefined;
  readonly seed: number;
  /** How methods compute when a call does not say otherwise; may be changed at any time. */
  compute: ComputeOptions;
  /** How the networks take their inputs. */
  readonly encoderInput: InputForm;
  readonly decoderInput: InputForm;
  /** Variables trained by gradient, with the names that files use. */
  readonly trained: readonly NamedVariable[];
  /** Variables that move otherwise: batch statistics, the scheme's state. */
  readonly untrained: readonly NamedVariable[];
  /** The compiled functions; for trainers and evaluators. */
  readonly programs = new ProgramCache();
  private disposed = false;

  /** Use {@link createModel}. */
  constructor(definition: ModelDefinition<P>) {
    const { kind, options, image, scheme, encoder, decoder, likelihood } = definition;
    const fn = "createModel";
    quietTensorflow();
    assertKnownOptions(fn, definition, [
      "kind",
      "options",
      "image",
      "scheme",
      "encoder",
      "decoder",
      "likelihood",
      "weights",
      "condition",
      "seed",
      "compute",
    ]);
    assertShape({ fn, name: "image" }, [image?.length ?? 0], [3]);
    for (const size of image) assertInteger({ fn, name: "image sizes" }, size, { min: 1 });
    const seed = definition.seed ?? 0;
    assertInteger({ fn, name: "seed" }, seed);
    this.kind = kind;
    this.options = options;
    this.image = [image[0], image[1], image[2]];
    this.scheme = scheme;
    this.encoder = encoder;
    this.decoder = decoder;
    this.likelihood = likelihood;
    this.seed = seed;
    this.compute = definition.compute ?? {};
    this.condition =
      definition.condition === undefined ? undefined : createCondition(definition.condition, seed);
    this.objective = createObjective(definition.weights ?? {});
    const condition = this.condition?.size ?? 0;
    this.encoderInput = checkNetwork(encoder, {
      role: "encoder",
      input: image,
      condition,
      output: scheme.featureShape,
    });
    this.decoderInput = checkNetwork(decoder, {
      role: "decoder",
      input: scheme.latentShape,
      condition,
      output: [image[0], image[1], image[2] * likelihood.parametersPerChannel],
    });
    const variables = networkVariables(this);
    this.trained = variables.trained;
    this.untrained = variables.untrained;
  }

  /** All variables, trained or not. */
  get allVariables(): tf.Variable[] {
    return [...this.trained, ...this.untrained].map(({ variable }) => variable);
  }

  /** Number of values that gradients train, plus those of the scheme's state that it counts as parameters. */
  get parameterCount(): number {
    const trained = this.trained.reduce((sum, { variable }) => sum + variable.size, 0);
    return trained + (this.scheme.stateParameters ?? 0);
  }

  /** The range that float images must lie in, or `undefined` where any finite value has a density. */
  get valueRange(): readonly [number, number] | undefined {
    return this.likelihood.kind === "gaussian" ? undefined : [0, 1];
  }

  /**
   * Codes of images: mean latents `[n, L]`, or indices `[n, h, w]`, as the scheme says. Grey values are used as they are.
   *
   * @param x images `[n, height, width, channels]`, bytes or floats in [0, 1]
   * @throws TypeError or RangeError when images or labels do not fit
   */
  async encode(x: ExamplesLike, options: LabelOptions = {}): Promise<NdArray> {
    return (await this.encodeRows("encode", x, options)).code;
  }

  /**
   * Images of codes: the mean of the likelihood.
   *
   * @param code what {@link encode} returns, `[n, ...codeShape]`
   * @returns `[n, height, width, channels]`
   * @throws TypeError or RangeError when codes or labels do not fit
   */
  async decode(
    code: NdArray | tf.Tensor,
    options: LabelOptions = {},
  ): Promise<NdArray<Float32Array>> {
    const fn = "decode";
    const { codeShape } = this.scheme;
    this.checkOptions(fn, options, ["labels"]);
    const array = await toNdArray({ fn, name: "code" }, code);
    assertShape({ fn, name: "code" }, array.shape, [null, ...codeShape]);
    const data = checkCodes(array, this.scheme);
    const labels = this.labelsFor(fn, options.labels, array.shape[0]);
    const { image } = await runRows(this, decodeProgram, {
      name: "decode",
      inputs: { code: { data, row: sizeOf(codeShape) } },
      count: array.shape[0],
      labels,
      outputs: { image: this.image },
      compute: options,
    });
    return image as NdArray<Float32Array>;
  }

  /**
   * `decode(encode(x))`: reconstructions from latents without noise, `[n, height, width, channels]`.
   *
   * @param x images `[n, height, width, channels]`
   */
  async reconstruct(x: ExamplesLike, options: LabelOptions = {}): Promise<NdArray<Float32Array>> {
    const { code, labels } = await this.encodeRows("reconstruct", x, options);
    return this.decode(code, {
      ...computeOf(options),
      ...(labels === undefined ? {} : { labels }),
    });
  }

  /**
   * New images from the prior: means of the likelihood given drawn latents, `[count, height, width, channels]`.
   *
   * @param count number of images, which may have 2^30 values in all
   * @throws Error with the scheme's sentence when the model has no prior
   */
  async sample(count: number, options: SampleOptions = {}): Promise<NdArray<Float32Array>> {
    const fn = "sample";
    this.checkOptions(fn, options, ["labels", "label", "seed"]);
    assertInteger({ fn, name: "count" }, count, { min: 1 });
    this.assertFits({ fn, name: "count" }, count);
    const { seed = 0, label } = options;
    assertInteger({ fn, name: "seed" }, seed);
    const { prior, noPrior } = this.scheme;
    if (prior === undefined) {
      throw new Error(noPrior ?? `sample: the model must have a prior, got a ${this.kind} without`);
    }
    if (label !== undefined && options.labels !== undefined) {
      throw new TypeError("sample: label or labels must be given, got both");
    }
    if (this.condition !== undefined && label === undefined && options.labels === undefined) {
      throw new TypeError(
        "sample: label or labels must be given for a model of labelled data, got neither",
      );
    }
    const given =
      label === undefined ? options.labels : (new Array<number>(count).fill(label) as LabelsLike);
    const labels = this.labelsFor(fn, given, count);
    const random = new Random(seed).fork("sample");
    const { image } = await runRows(this, sampleProgram, {
      name: "sample",
      inputs: {},
      fill: (feeds, indices) => {
        const buffers = noiseBuffers(prior.noise, indices.length);
        fillRowNoiseInto(buffers, prior.noise, { random, indices });
        for (const name of Object.keys(buffers)) feeds[noiseFeed(name)] = buffers[name];
      },
      count,
      labels,
      outputs: { image: this.image },
      compute: options,
    });
    return image as NdArray<Float32Array>;
  }

  /**
   * Images along straight lines between the latents of two sets of images.
   *
   * @param a images `[n, height, width, channels]`, the first image of each row
   * @param b images of the same shape, the last image of each row
   * @returns `[n, steps, height, width, channels]`, at most 2^30 values
   */
  async interpolate(
    a: ExamplesLike,
    b: ExamplesLike,
    options: InterpolateOptions = {},
  ): Promise<NdArray<Float32Array>> {
    const fn = "interpolate";
    const { steps = 8, ...rest } = options;
    assertInteger({ fn, name: "steps" }, steps, { min: 2 });
    this.assertFits({ fn, name: "steps" }, steps);
    const from = await this.encodeRows(fn, a, rest);
    const n = from.latents.shape[0];
    this.assertFits({ fn, name: "steps" }, steps, n);
    const to = await this.encodeRows(fn, b, rest);
    if (to.latents.shape[0] !== n) {
      throw new RangeError(`${fn}: both sets must have ${n} images, got ${to.latents.shape[0]}`);
    }
    const size = sizeOf(this.scheme.latentShape);
    const z = straightLines({ from: from.latents.data, to: to.latents.data }, { size, steps });
    return this.renderGrid(z, { rows: n, columns: steps, labels: from.labels, compute: rest });
  }

  /**
   * Images of one example's latents with one dimension at a time set to each of some values.
   *
   * @param x one image, `[1, height, width, channels]`
   * @returns `[dimensions, values, height, width, channels]`, at most 2^30 values
   * @throws Error for latents that are not a vector
   */
  async traverse(x: ExamplesLike, options: TraverseOptions = {}): Promise<NdArray<Float32Array>> {
    const fn = "traverse";
    const [latent] = this.scheme.latentShape;
    if (this.scheme.latentShape.length !== 1) {
      throw new Error(
        `${fn}: latents must be vectors, got the shape [${this.scheme.latentShape.join(", ")}]`,
      );
    }
    const {
      dimensions = Array.from({ length: latent }, (_, d) => d),
      values = [-3, -2, -1, 0, 1, 2, 3],
      ...rest
    } = options;
    for (const d of dimensions) {
      assertInteger({ fn, name: "dimensions" }, d, { min: 0, below: latent });
    }
    for (const value of values) assertNumber({ fn, name: "values" }, value);
    this.assertFits({ fn, name: "number of values" }, values.length, dimensions.length);
    const { latents, labels } = await this.encodeRows(fn, x, rest);
    assertShape({ fn, name: "latents" }, latents.shape, [1, latent]);
    const z = axisLines(latents.data, { dimensions, values });
    const grid = { rows: dimensions.length, columns: values.length };
    const repeated = labels && new Int32Array(dimensions.length).fill(labels[0]);
    return this.renderGrid(z, { ...grid, labels: repeated, compute: rest });
  }

  /**
   * The terms of the objective on the given images, with one draw of noise per example.
   *
   * @param x images `[n, height, width, channels]`, binarized by the seed where the likelihood asks for it
   * @returns means over the examples in nats, and `total`, their sum with the weights at `step`
   */
  async loss(x: ExamplesLike, options: LossOptions = {}): Promise<LossReport> {
    const fn = "loss";
    this.checkOptions(fn, options, ["labels", "seed", "step"]);
    const { seed = 0, step = 0 } = options;
    assertInteger({ fn, name: "seed" }, seed);
    assertInteger({ fn, name: "step" }, step, { min: 0 });
    const examples = await this.examplesFor(fn, x);
    const labels = this.labelsFor(fn, options.labels ?? examples.labels, examples.shape[0]);
    const indices = Int32Array.from({ length: examples.shape[0] }, (_, i) => i);
    const data = { ...examples, ...(labels === undefined ? {} : { labels }) };
    const terms = await exampleTerms(this, data, {
      indices,
      random: new Random(seed).fork("loss"),
      step,
      compute: this.computeWith(options),
    });
    const means: Record<string, number> = {};
    let total = 0;
    for (const [name, values] of Object.entries(terms)) {
      means[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
      total += this.objective.weight(name, step) * means[name];
    }
    return { ...means, total };
  }

  /**
   * Writes `model.json` and `weights.safetensors` into a directory, which is made if need be. A kill at any instant
   * leaves what was there before, or the new model, never a mixture.
   */
  async save(directory: string): Promise<void> {
    this.refuseDisposed("save");
    assertPath({ fn: "save", name: "directory" }, directory);
    await this.programs.pull();
    await saveModel(this, directory);
  }

  /** Writes `encoder.onnx` (x to code) and `decoder.onnx` (code to image) with a free batch size into a directory. */
  async exportOnnx(directory: string): Promise<void> {
    this.refuseDisposed("exportOnnx");
    assertPath({ fn: "exportOnnx", name: "directory" }, directory);
    await exportOnnx(this, directory);
  }

  /** Copies of all weights by name. */
  async readWeights(): Promise<Record<string, NdArray>> {
    this.refuseDisposed("readWeights");
    await this.programs.pull();
    return readVariables([...this.trained, ...this.untrained]);
  }

  /**
   * Replaces all weights.
   *
   * @throws RangeError when a weight is missing, unknown, or of another shape; nothing is changed then
   */
  async writeWeights(weights: Readonly<Record<string, NdArray>>): Promise<void> {
    this.refuseDisposed("writeWeights");
    writeVariables("writeWeights", [...this.trained, ...this.untrained], weights);
    await this.programs.push();
  }

  /** Frees networks, variables and compiled functions. */
  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    this.programs.dispose();
    for (const variable of this.allVariables) if (!variable.isDisposed) variable.dispose();
  }

  /** @internal Images checked against this model. */
  async examplesFor(fn: string, x: ExamplesLike): Promise<Examples> {
    this.refuseDisposed(fn);
    return toExamples(x, { fn, image: this.image, range: this.valueRange });
  }

  /** @internal Labels checked against this model; `undefined` for models without a condition. */
  labelsFor(fn: string, labels: LabelsLike | undefined, count: number): Int32Array | undefined {
    if (this.condition === undefined) return undefined;
    return toLabels(labels, { fn, count, classes: this.condition.classes });
  }

  /** @internal The way to compute of a call. */
  computeWith(options: ComputeOptions): ComputeOptions {
    return { ...this.compute, ...computeOf(options) };
  }

  /** Refuses more images, or `times` as many, than a result can hold. */
  private assertFits({ fn, name }: ArgumentName, count: number, times = 1): void {
    const row = Math.max(sizeOf(this.image), sizeOf(this.scheme.latentShape));
    const most = Math.floor(maximalValues / (row * times));
    if (count <= most) return;
    throw new RangeError(
      `${fn}: ${name} must be at most ${most}, so that the result has at most ${maximalValues} values, got ${count}`,
    );
  }

  private refuseDisposed(fn: string): void {
    if (this.disposed) throw new Error(`${fn}: the model must not be used after dispose()`);
  }

  private checkOptions(fn: string, options: object, known: readonly string[]): void {
    this.refuseDisposed(fn);
    assertKnownOptions(fn, options, [...known, ...computeKeys]);
  }

  private async encodeRows(
    fn: string,
    x: ExamplesLike,
    options: LabelOptions,
  ): Promise<{ code: NdArray; latents: NdArray; labels: Int32Array | undefined }> {
    this.checkOptions(fn, options, ["labels"]);
    const examples = await this.examplesFor(fn, x);
    const count = examples.shape[0];
    const labels = this.labelsFor(fn, options.labels ?? examples.labels, count);
    const outputs = await runRows(this, encodeProgram, {
      name: "encode",
      inputs: {},
      fill: (feeds, indices) => {
        const batch = new Float32Array(indices.length * sizeOf(this.image));
        fillBatchInto(batch, examples, { indices, preparation: "scale" });
        feeds["x"] = batch;
      },
      count,
      labels,
      outputs: { code: this.scheme.codeShape, latents: this.scheme.latentShape },
      compute: options,
    });
    return { code: outputs["code"], latents: outputs["latents"], labels };
  }

  private async renderGrid(
    z: Float32Array,
    grid: {
      rows: number;
      columns: number;
      labels: Int32Array | undefined;
      compute: ComputeOptions;
    },
  ): Promise<NdArray<Float32Array>> {
    const { rows, columns, labels, compute } = grid;
    const { image } = await runRows(this, renderProgram, {
      name: "render",
      inputs: { z: { data: z, row: sizeOf(this.scheme.latentShape) } },
      count: rows * columns,
      labels:
        labels &&
        Int32Array.from({ length: rows * columns }, (_, i) => labels[Math.floor(i / columns)]),
      outputs: { image: this.image },
      compute,
    });
    return { data: image.data as Float32Array, shape: [rows, columns, ...this.image] };
  }
}
