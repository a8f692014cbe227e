import type { JsonObject } from "@elbo/core";
import type { EngineName } from "@elbo/jit";

/** The likelihoods that a protocol can name. */
export type LikelihoodName = "bernoulli" | "grey-bernoulli" | "gaussian" | "discretized-logistic";

/** A file, and the options of core's `onnxFeatures` but the runtime. */
export type FeaturesChoice = JsonObject & { readonly file: string };

/** What every model of one comparison shares. Two runs with equal protocols may share their results. */
export interface Protocol {
  /** A set by name, or the absolute path of one's own data. */
  readonly dataset: string;
  /** Options of `load`, or of the function that reads one's own data. */
  readonly data?: JsonObject;
  /** Digest of one's own data. */
  readonly contents?: string;
  /** Classes that training sees; images of others are among the held-out ones only, as anomalies. Absent: all. */
  readonly normal?: readonly number[];
  /** `"train"`: a tenth of the training images, which training then does not see, takes the place of the test images. Absent: the test images. */
  readonly heldOut?: "train";
  /** How many training images are used, from the first on. */
  readonly trainExamples: number | "all";
  /** How many held-out images are used, from the first on. */
  readonly testExamples: number | "all";
  /** A kind of networks, sized by `widths`, or a network as factories take it: `{ kind: "resnet", ... }`. */
  readonly network: "mlp" | "conv" | JsonObject;
  /** Hidden widths of the encoder from the image on; the decoder mirrors them. Unused where `network` has its own sizes. */
  readonly widths: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  /** Of Adam; with a schedule its highest value. */
  readonly learningRate: number;
  /** `"cosine"`: the learning rate falls along half a cosine to a hundredth at the last step. */
  readonly schedule: "constant" | "cosine";
  /** What pixels are given the latents: Bernoulli on images binarized anew at every visit, or in the mean over such draws, or a density of grey values. */
  readonly likelihood: LikelihoodName;
  /** Draws per image of the importance-weighted likelihood. */
  readonly likelihoodSamples: number;
  /** An ONNX model whose output generated and real images are compared in; default a classifier trained on the same images. */
  readonly features?: FeaturesChoice;
  readonly engine: "auto" | EngineName;
  readonly threads: number | "auto";
}

/** Successive halving (Jamieson and Talwalkar 2016): of each model's settings the best are trained on. */
export interface Halving {
  /** Epochs after which settings are compared for the first time; then after `factor` times as many, until all are done. */
  readonly epochs: number;
  /** One in so many goes on. */
  readonly factor: number;
}
