/** Trainings that are broken in one way each, and sound ones. */
import { autoencoder, betaVae } from "@elbo/beta-vae";
import { adam, elbo, linear, Random, sgd, train } from "@elbo/core";
import type { History, LatentModel, Objective, Optimizer, TrainOptions } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { fromCsv, load, take } from "@elbo/datasets";
import type { Split } from "@elbo/datasets";
import { vectorQuantizer, vqVae } from "@elbo/vq-vae";
import * as tf from "@tensorflow/tfjs-core";

/** What models are trained on, with a class for every example. */
export interface Subject {
  readonly train: Split;
  readonly test: Split;
  readonly shape: readonly number[];
  /** Values of an example. */
  readonly values: number;
  readonly classes: number;
}

/** A training: what it is made of, and what is wrong with it. */
export interface Case {
  readonly name: string;
  /** Any of these is what was broken; none for a sound run. */
  readonly symptoms: readonly string[];
  /** What follows from it and is no false alarm. */
  readonly follows?: readonly string[];
  model(subject: Subject, seed: number): LatentModel;
  readonly optimizer?: Optimizer;
  /** Only so many examples. */
  readonly examples?: number;
  /** Times as many steps. */
  readonly longer?: number;
}

const tumours = new URL("../../../../examples/table/breast-cancer.csv", import.meta.url);

/** A set by name; rows of the table are split by the seed. */
export async function loadSubject(
  name: "fashion-mini" | "sprites" | "tumours",
  seed: number,
): Promise<Subject> {
  if (name === "tumours") {
    const all = (await fromCsv(tumours, { label: "diagnosis", testFraction: 0 })).train;
    const order = [...new Random(seed).fork("table").permutation(all.shape[0])];
    return subjectOf(take(all, order.slice(0, 400)), take(all, order.slice(400)));
  }
  const set = name === "sprites" ? await load(name, { size: 16, count: 4000 }) : await load(name);
  return subjectOf(labelled(set.train), labelled(set.test));
}

/** Sprites have factors; the first of more than one value, the shape, is their class. */
function labelled(split: Split): Split {
  if (split.labels !== undefined) return split;
  const { factors, shape } = split;
  if (factors === undefined) throw new Error("internal: a set without labels and factors");
  const columns = factors.length / shape[0];
  const labels = Uint8Array.from({ length: shape[0] }, (_, i) => factors[i * columns]);
  return { data: split.data, shape, labels };
}

function subjectOf(training: Split, test: Split): Subject {
  const shape = training.shape.slice(1);
  const labels = training.labels as ArrayLike<number>;
  const classes = 1 + Array.from(labels).reduce((most, label) => Math.max(most, label), 0);
  return { train: training, test, shape, values: shape.reduce((a, b) => a * b, 1), classes };
}

const network = { kind: "mlp", hidden: [128] } as const;
const gaussian = { kind: "gaussian", scale: 0.2 } as const;
const binary = { kind: "bernoulli", binarize: "dynamic" } as const;
const standardized = { kind: "gaussian", standardize: true } as const;

type BetaOptions = Partial<Parameters<typeof betaVae>[0]>;

const vae =
  (options: BetaOptions | ((subject: Subject) => BetaOptions)) =>
  (subject: Subject, seed: number): LatentModel => {
    const own = typeof options === "function" ? options(subject) : options;
    const all = { image: subject.shape, latent: 8, likelihood: gaussian, network, seed, ...own };
    return betaVae(all);
  };

const conditional =
  (options: Partial<Parameters<typeof cvae>[0]>) =>
  ({ shape, classes }: Subject, seed: number): LatentModel =>
    cvae({
      image: shape,
      classes,
      latent: 4,
      likelihood: gaussian,
      network,
      seed,
      ...options,
    });

const vq =
  (quantizer: Parameters<typeof vqVae>[0]["quantizer"] | "unstarted") =>
  ({ shape }: Subject, seed: number): LatentModel => {
    const own = quantizer === "unstarted" ? unstarted(seed) : quantizer;
    const small = { kind: "conv", widths: [16, 32] } as const;
    return vqVae({
      image: shape,
      likelihood: gaussian,
      network: small,
      quantizer: own,
      seed,
    } as Parameters<typeof vqVae>[0]);
  };

/** The codebook of the first implementations: random codes near 0, moved by gradients alone, never revived. */
function unstarted(seed: number): ReturnType<typeof vectorQuantizer> {
  const made = vectorQuantizer({
    codebookSize: 256,
    codeDim: 16,
    codebook: "gradient",
    reviveBelow: 0,
    seed,
  });
  const own = Object.entries(made).filter(([name]) => name !== "initialize");
  return Object.fromEntries(own) as unknown as typeof made;
}

/** The ELBO of those who take the mean over values and the sum over latents. */
const meanOverValues = (values: number): Objective => ({
  ...elbo(),
  terms(model, pass, context) {
    const terms = elbo().terms(model, pass, context);
    return { ...terms, distortion: tf.div(terms["distortion"], values) };
  },
});

const collapse = "posterior collapse";
const unused = "unused latents";
const overfits = "overfitting";
const leaks = "label leakage";
const weighs = "KL weight off by the number of values";
const explodes = "exploding variance";
const leaps = ["learning rate too high", "divergence"];

const sound: readonly Case[] = [
  { name: "sound: VAE", symptoms: [], model: vae({}) },
  { name: "sound: VAE, binary draws", symptoms: [], model: vae({ likelihood: binary }) },
  {
    name: "sound: VAE, warm-up",
    symptoms: [],
    model: vae({ beta: linear({ from: 0, to: 1, steps: 300 }) }),
  },
  { name: "sound: VAE, beta 4, latent 4", symptoms: [], model: vae({ beta: 4, latent: 4 }) },
  { name: "sound: VAE with a flow as prior", symptoms: [], model: vae({ prior: "flow" }) },
  {
    name: "sound: autoencoder",
    symptoms: [],
    model: ({ shape: image }, seed) =>
      autoencoder({ image, latent: 8, likelihood: gaussian, network, seed }),
  },
  { name: "sound: conditional VAE", symptoms: [], model: conditional({}) },
  {
    name: "sound: VQ-VAE",
    symptoms: [],
    model: vq({ kind: "vector", codebookSize: 64, codeDim: 16 }),
  },
  {
    name: "sound: VQ-VAE, finite scalars",
    symptoms: [],
    model: vq({ kind: "fsq", levels: [5, 5, 5] }),
  },
];

const broken: readonly Case[] = [
  {
    name: "beta 100",
    symptoms: [collapse],
    follows: [unused, weighs, overfits],
    model: vae({ beta: 100, likelihood: binary }),
  },
  {
    name: "beta = values",
    symptoms: [weighs],
    follows: [collapse, unused],
    model: vae(({ values }) => ({ beta: values })),
  },
  {
    name: "beta = 1 / values",
    symptoms: [weighs],
    follows: [explodes, overfits],
    model: vae(({ values }) => ({ beta: 1 / values })),
  },
  {
    name: "mean over values",
    symptoms: [weighs],
    follows: [collapse, unused],
    model: vae(({ values }) => ({ objective: meanOverValues(values) })),
  },
  {
    name: "grey values as they are",
    symptoms: ["grey values under a Bernoulli"],
    model: vae({ likelihood: { kind: "bernoulli", binarize: "none" } }),
  },
  { name: "latent 64, beta 4", symptoms: [unused], model: vae({ latent: 64, beta: 4 }) },
  {
    name: "100 examples",
    symptoms: [overfits],
    follows: [leaks],
    examples: 100,
    longer: 3,
    model: vae({ latent: 16, likelihood: { kind: "gaussian", scale: 0.1 } }),
  },
  { name: "beta 0", symptoms: [explodes], follows: [overfits], model: vae({ beta: 0 }) },
  {
    name: "learning rate 0.1",
    symptoms: leaps,
    follows: [collapse, unused, explodes],
    optimizer: adam({ learningRate: 0.1 }),
    model: vae({ likelihood: binary }),
  },
  {
    name: "gradient descent that diverges",
    symptoms: leaps,
    follows: [collapse, unused, explodes],
    optimizer: sgd({ learningRate: 0.1 }),
    model: vae({}),
  },
  {
    name: "random codebook without restarts",
    symptoms: ["dead codes"],
    model: vq("unstarted"),
  },
  {
    name: "VQ-VAE, learning rate 0.1",
    symptoms: [...leaps],
    follows: ["dead codes"],
    optimizer: adam({ learningRate: 0.1 }),
    model: vq({ kind: "vector", codebookSize: 64, codeDim: 16 }),
  },
  {
    name: "latents that say everything",
    symptoms: [leaks],
    follows: [overfits, explodes],
    model: conditional({
      latent: 32,
      prior: "standard",
      likelihood: { kind: "gaussian", scale: 0.05 },
    }),
  },
];

/** A table has no pixels, no grey values and no grid. */
const ofTables: readonly Case[] = [
  {
    name: "sound: VAE of a table",
    symptoms: [],
    model: vae({ likelihood: standardized, latent: 4 }),
  },
  {
    name: "sound: autoencoder of a table",
    symptoms: [],
    model: ({ shape: image }, seed) =>
      autoencoder({ image, latent: 4, likelihood: standardized, network, seed }),
  },
  {
    name: "sound: conditional VAE of a table",
    symptoms: [],
    model: conditional({ likelihood: standardized }),
  },
  {
    name: "table, beta 100",
    symptoms: [collapse],
    follows: [unused],
    model: vae({ beta: 100, likelihood: standardized }),
  },
  {
    name: "table, latent 32",
    symptoms: [unused],
    model: vae({ latent: 32, beta: 2, likelihood: standardized }),
  },
  {
    name: "table, 40 examples",
    symptoms: [overfits],
    examples: 40,
    longer: 3,
    model: vae({ latent: 8, beta: 0.1, likelihood: standardized }),
  },
  {
    name: "table as it is, learning rate 0.1",
    symptoms: leaps,
    follows: [collapse, unused, explodes, overfits],
    optimizer: adam({ learningRate: 0.1 }),
    model: vae({ likelihood: { kind: "gaussian" } }),
  },
  {
    name: "table, beta 0",
    symptoms: [explodes],
    follows: [overfits],
    model: vae({ beta: 0, likelihood: standardized }),
  },
];

/** The cases of a set. */
export const casesOf = (data: string): readonly Case[] =>
  data === "tumours" ? ofTables : [...sound, ...broken];

/** Trains a case. */
export async function runCase(
  one: Case,
  {
    subject,
    seed,
    steps,
  }: { readonly subject: Subject; readonly seed: number; readonly steps: number },
): Promise<{ readonly model: LatentModel; readonly history: History }> {
  const { optimizer, examples, longer = 1 } = one;
  const model = one.model(subject, seed);
  const data =
    examples === undefined
      ? subject.train
      : take(subject.train, [
          ...new Random(seed).permutation(subject.train.shape[0]).subarray(0, examples),
        ]);
  const options: TrainOptions = {
    steps: steps * longer,
    batchSize: 64,
    seed,
    progress: "silent",
    ...(optimizer === undefined ? {} : { optimizer }),
  };
  const { history } = await train(model, data, options);
  return { model, history };
}
