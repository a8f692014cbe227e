import * as tf from "@tensorflow/tfjs-core";
import { quietTensorflow } from "@elbo/jit";
import type { NdArray } from "@elbo/jit";
import { fingerprint } from "../data/fingerprint.ts";
import { numberRows } from "../data/numberRows.ts";
import { readExampleWeights } from "../data/exampleWeights.ts";
import { toLabels } from "../data/examples.ts";
import type { ArrayLikeData } from "../data/examples.ts";
import { categorical } from "../distributions/categorical.ts";
import type { JsonObject } from "../json.ts";
import { applyNetwork } from "../model/applyNetwork.ts";
import { modelIdentity } from "../model/identity.ts";
import { gatherParts } from "../model/variables.ts";
import { toNdArray } from "../ndArray.ts";
import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { programOver } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import { loadModel } from "../saving/loadModel.ts";
import type { LoadOptions } from "../saving/loadModel.ts";
import type { ModelKind } from "../saving/modelKind.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { WeightHolder } from "../saving/weightHolder.ts";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";
import type { StepContext } from "../step/context.ts";
import type { NamedVariables, Networks } from "../step/part.ts";
import type { Rows } from "../step/rows.ts";
import type { Phase, Trainable } from "../step/trainable.ts";
import { classifierNetworks } from "./networks.ts";
import type { ClassifierNetwork } from "./networks.ts";

/** Options of {@link classifier}. */
export interface ClassifierOptions extends ComputeOptions {
  /** Shape of an example: `[height, width, channels]`, `[length, channels]` or `[n]`. */
  readonly example: readonly number[];
  /** Number of classes, at least 2. */
  readonly classes: number;
  /** Default `"mlp"`; see {@link ClassifierNetwork}. */
  readonly network?: ClassifierNetwork;
  /** Seeds the initial weights, and training unless it is given another; default 0. */
  readonly seed?: number;
}

const classifierTable = {
  example: { rule: rules.sizes(), doc: "shape of an example" },
  classes: { rule: rules.integer({ min: 2 }), doc: "number of classes" },
  network: { rule: rules.any<ClassifierNetwork>(), default: "mlp", doc: "what computes" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the initial weights" },
  ...computeOptions,
} satisfies OptionTable<ClassifierOptions>;

/** What one way of a batch through a classifier gives. */
export interface ClassifierPass {
  /** int32 `[B]`; undefined outside training. */
  readonly label: tf.Tensor;
  /** `[B, F]`, what the last hidden layer gives. */
  readonly features: tf.Tensor;
  /** `[B, classes]` */
  readonly logits: tf.Tensor;
}

/** Examples to classify: what a model of the same examples takes; integers of images are grey levels. */
export type ClassifierInput = ArrayLikeData | tf.Tensor;

const xName = "x";

/**
 * A classifier: `p(class | x) = softmax(logits(features(x)))`, trained by `train(classifier, { x, label })` (or a data set with
 * `labels`) on the cross-entropy in nats per example. Validation also gives `errors`, the share of wrong classes.
 *
 * Made by {@link classifier}.
 */
export class Classifier extends WeightHolder implements Trainable<ClassifierPass> {
  readonly kind = "classifier";
  readonly options: JsonObject;
  readonly networks: Networks;
  readonly classes: number;
  readonly seed: number;
  readonly columns: ColumnSpecs;
  readonly variables: NamedVariables;
  readonly state: NamedVariables;
  readonly phases: readonly Phase<ClassifierPass>[];
  compute: ComputeOptions;
  step = 0;
  dataSize: number | undefined;
  batchSize: number | undefined;
  private readonly example: readonly number[];

  /** Use {@link classifier}. */
  constructor(options: ClassifierOptions) {
    super();
    quietTensorflow();
    const fn = "classifier";
    const { example, classes, network, seed } = readOptions(fn, classifierTable, options);
    this.options = { example: [...example], classes, seed };
    this.example = example;
    this.classes = classes;
    this.seed = seed;
    this.networks = classifierNetworks(network, { example, classes, seed });
    const { variables, state } = gatherParts(fn, this.networks, {});
    this.variables = variables;
    this.state = state;
    this.columns = {
      [xName]: { shape: example, dtype: "float32" },
      label: { shape: [], dtype: "int32" },
    };
    this.phases = [{ name: "classifier", weights: { errors: 0 }, terms: termsOf }];
    this.compute = computeOf(options);
  }

  /** What a checkpoint is compared by. */
  get identity(): JsonObject {
    return modelIdentity({ options: this.options, parts: {}, networks: this.networks });
  }

  /** Traced. */
  pass(batch: Columns, context: StepContext): ClassifierPass {
    const through = (name: string, x: tf.Tensor): tf.Tensor =>
      applyNetwork({ name, network: this.networks[name] }, x, { context });
    const features = through("features", batch[xName]);
    return { label: batch["label"], features, logits: through("logits", features) };
  }

  /** `{ x, label }`, or examples with `labels`; `weights` may stand beside. */
  async rows(fn: string, data: unknown): Promise<Rows> {
    const given = (data ?? {}) as Readonly<Record<string, unknown>>;
    const isRecord = xName in given;
    const values = await toNdArray({ fn, name: xName }, isRecord ? given[xName] : data);
    const labels = (isRecord ? given["label"] : undefined) ?? given["labels"];
    if (labels === undefined) {
      throw new TypeError(
        `${fn}: a classifier must be given { x, label } or examples with labels, got no labels`,
      );
    }
    const count = values.shape[0];
    const classes = toLabels(labels, { fn, name: "label", count, classes: this.classes });
    const { weights } = given;
    const examples = exampleRows(fn, this.example, values);
    return {
      ...examples,
      labels: classes,
      ...(weights === undefined ? {} : { weights: readExampleWeights(fn, weights, count) }),
      fillInto: (buffers, place) => {
        void examples.fillInto(buffers, place);
        const { indices } = place;
        for (let row = 0; row < indices.length; row++)
          buffers["label"][row] = classes[indices[row]];
      },
      fingerprint: () =>
        fingerprint({ [xName]: values, label: { data: classes, shape: [classes.length] } }),
    };
  }

  /** The most likely class of each example, int32 `[n]`. */
  async predict(x: ClassifierInput, options?: ComputeOptions): Promise<NdArray<Int32Array>> {
    return (await this.classify("predict", { x, options })) as NdArray<Int32Array>;
  }

  /** `p(class | x)`, `[n, classes]`. */
  async probabilities(
    x: ClassifierInput,
    options?: ComputeOptions,
  ): Promise<NdArray<Float32Array>> {
    return (await this.classify("probabilities", { x, options })) as NdArray<Float32Array>;
  }

  /** What the softmax is taken of, `[n, classes]`. */
  async logits(x: ClassifierInput, options?: ComputeOptions): Promise<NdArray<Float32Array>> {
    return (await this.classify("logits", { x, options })) as NdArray<Float32Array>;
  }

  /** What the last hidden layer gives, `[n, F]`: the space of Fréchet distances. */
  async features(x: ClassifierInput, options?: ComputeOptions): Promise<NdArray<Float32Array>> {
    return (await this.classify("features", { x, options })) as NdArray<Float32Array>;
  }

  private async classify(
    output: "predict" | "probabilities" | "logits" | "features",
    {
      x,
      options = {},
    }: { readonly x: ClassifierInput; readonly options: ComputeOptions | undefined },
  ): Promise<NdArray> {
    assertUsable(output, this);
    const ways = readOptions(output, computeOptions, options);
    const values = await toNdArray({ fn: output, name: xName }, x);
    const columns = { [xName]: this.columns[xName] };
    const rows = exampleRows(output, this.example, values);
    const outputs = await runRows(this, {
      name: "classify",
      program: () =>
        programOver(this, { columns }, (batch, context) => {
          const { features, logits } = this.pass(batch, context);
          const probabilities = tf.softmax(logits);
          return { features, logits, probabilities, predict: tf.argMax(logits, 1) };
        }),
      compute: computeOf(this.compute, ways),
      count: rows.count,
      sources: [{ rows, columns }],
      outputs: [output],
    });
    return outputs[output];
  }
}

/** Cross-entropy in nats, and whether the most likely class is another one. */
function termsOf({ label, logits }: ClassifierPass): Record<string, tf.Tensor> {
  const labels = tf.cast(label, "int32");
  return {
    crossEntropy: tf.neg(categorical({ logits }).logProb(labels)), // [B]
    errors: tf.cast(tf.notEqual(tf.argMax(logits, 1), labels), "float32"), // [B]
  };
}

/** Examples alone as rows. */
function exampleRows(fn: string, shape: readonly number[], values: NdArray): Rows {
  const rows = numberRows({ fn, name: xName }, values, shape);
  if (rows.count === 0) throw new RangeError(`${fn}: x must hold at least one example, got none`);
  return rows;
}

/**
 * Makes a classifier, to be trained by `train`.
 *
 * @throws TypeError or RangeError when an option is unknown or out of range, or networks do not fit
 */
export function classifier(options: ClassifierOptions): Classifier {
  return new Classifier(options);
}

/** What core's loader needs to know of classifiers. */
export const classifierKind: ModelKind<Classifier> = {
  kind: "classifier",
  build: (options, network) =>
    classifier({ ...(options as unknown as ClassifierOptions), network }),
};

/**
 * Loads a classifier that `save` wrote.
 *
 * @throws Error when the directory holds none, or something malformed
 */
export function loadClassifier(directory: string, options?: LoadOptions): Promise<Classifier> {
  return loadModel(directory, classifierKind, options);
}
