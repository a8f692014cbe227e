/** Trainings that are broken in one way each, and sound ones. */
import { autoencoder, betaVae } from "@elbo/beta-vae";
import { adam, elbo, linear, Random, sgd, train } from "@elbo/core";
import type { History, LatentModel, Objective, Optimizer, TrainOptions } from "@elbo/core";
import { cvae } from "@elbo/cvae";
import { take } from "@elbo/datasets";
import type { Split } from "@elbo/datasets";
import { vectorQuantizer, vqVae } from "@elbo/vq-vae";
import * as tf from "@tensorflow/tfjs-core";
import type { Subject } from "./diagnoseSubjects.ts";
import { isAtLeast, isWorse, leastOverfit } from "./diagnoseTruth.ts";
import type { Shows } from "./diagnoseTruth.ts";

/** A training: what it is made of, and what is wrong with it. */
export interface Case {
  readonly name: string;
  /** Any of these is what was broken; none for a sound run. */
  readonly symptoms: readonly string[];
  /** What follows from it and is no false alarm. */
  readonly follows?: readonly string[];
  /** The sound case that differs in what was broken only; itself where it is not said. */
  readonly twin?: string;
  /** Whether the fault shows in held-out figures, beside those of the twin; by construction where it is not said. */
  readonly shows?: Shows;
  model(subject: Subject, seed: number): LatentModel;
  readonly optimizer?: Optimizer;
  /** Only so many examples. */
  readonly examples?: number;
  /** Times as many steps. */
  readonly longer?: number;
  /** What values are multiplied with before anything sees them. */
  readonly times?: number;
}

const network = { kind: "mlp", hidden: [128] } as const;
const convolutions = { kind: "conv", widths: [8, 16], hidden: [64] } as const;
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

const plain = "sound: VAE";
const drawn = "sound: VAE, binary draws";

const sharp = "sound: VAE, latent 16, deviation 0.1";
const sharply = { latent: 16, likelihood: { kind: "gaussian", scale: 0.1 } } as const;

const sound: readonly Case[] = [
  { name: sharp, symptoms: [], longer: 3, model: vae(sharply) },
  { name: plain, symptoms: [], model: vae({}) },
  { name: drawn, symptoms: [], model: vae({ likelihood: binary }) },
  { name: "sound: VAE, convolutions", symptoms: [], model: vae({ network: convolutions }) },
  {
    name: "sound: VAE, steps three times as large",
    symptoms: [],
    optimizer: adam({ learningRate: 0.003 }),
    model: vae({}),
  },
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
  { name: "sound: conditional VAE", symptoms: [], longer: 2, model: conditional({}) },
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

/** Half of the latents can be put at 0 without more than this part of the squared error being added. */
const isNeedless: Shows = ({ halved }) => halved < 1.02;

const broken: readonly Case[] = [
  {
    name: "beta 100",
    symptoms: [collapse],
    follows: [unused, weighs],
    twin: drawn,
    shows: isAtLeast("mse", 1.25),
    model: vae({ beta: 100, likelihood: binary }),
  },
  {
    name: "beta = values",
    symptoms: [weighs],
    follows: [collapse, unused],
    twin: plain,
    shows: isAtLeast("mse", 1.25),
    model: vae(({ values }) => ({ beta: values })),
  },
  {
    name: "beta = 1 / values",
    symptoms: [weighs],
    follows: [explodes],
    twin: plain,
    shows: isWorse,
    model: vae(({ values }) => ({ beta: 1 / values })),
  },
  {
    name: "mean over values",
    symptoms: [weighs],
    follows: [collapse, unused],
    twin: plain,
    shows: isAtLeast("mse", 1.25),
    model: vae(({ values }) => ({ objective: meanOverValues(values) })),
  },
  {
    name: "grey values as they are",
    symptoms: ["grey values under a Bernoulli"],
    model: vae({ likelihood: { kind: "bernoulli", binarize: "none" } }),
  },
  {
    name: "latent 32, beta 8",
    symptoms: [unused],
    longer: 2,
    shows: isNeedless,
    model: vae({ latent: 32, beta: 8 }),
  },
  {
    name: "60 examples",
    symptoms: [overfits],
    follows: [leaks],
    examples: 60,
    longer: 3,
    twin: sharp,
    shows: (own, twin) => own.overfit >= leastOverfit || isWorse(own, twin),
    model: vae(sharply),
  },
  {
    name: "grey levels up to 255",
    symptoms: [explodes],
    follows: leaps,
    times: 255,
    twin: plain,
    shows: isAtLeast("nearest", 1.25),
    model: vae({ likelihood: "gaussian" }),
  },
  {
    name: "learning rate 0.1",
    symptoms: leaps,
    follows: [collapse, unused, explodes],
    optimizer: adam({ learningRate: 0.1 }),
    twin: drawn,
    shows: isWorse,
    model: vae({ likelihood: binary }),
  },
  {
    name: "gradient descent that diverges",
    symptoms: leaps,
    follows: [collapse, unused, explodes],
    optimizer: sgd({ learningRate: 0.1 }),
    twin: plain,
    shows: isWorse,
    model: vae({}),
  },
  {
    name: "random codebook without restarts",
    symptoms: ["dead codes"],
    twin: "sound: VQ-VAE",
    shows: isAtLeast("mse", 1.25),
    model: vq("unstarted"),
  },
  {
    name: "VQ-VAE, learning rate 0.1",
    symptoms: leaps,
    follows: ["dead codes"],
    optimizer: adam({ learningRate: 0.1 }),
    twin: "sound: VQ-VAE",
    shows: isWorse,
    model: vq({ kind: "vector", codebookSize: 64, codeDim: 16 }),
  },
  {
    name: "latents that say everything",
    symptoms: [leaks],
    follows: [explodes],
    twin: "sound: conditional VAE",
    shows: ({ shown }, twin) => shown < 0.75 * twin.shown,
    model: conditional({
      latent: 32,
      prior: "standard",
      likelihood: { kind: "gaussian", scale: 0.05 },
    }),
  },
];

const table = "sound: VAE of a table";

/** A table has no pixels, no grey values and no grid. */
const ofTables: readonly Case[] = [
  { name: table, symptoms: [], model: vae({ likelihood: standardized, latent: 4 }) },
  {
    name: "sound: autoencoder of a table",
    symptoms: [],
    model: ({ shape: image }, seed) =>
      autoencoder({ image, latent: 4, likelihood: standardized, network, seed }),
  },
  {
    name: "sound: conditional VAE of a table",
    symptoms: [],
    longer: 2,
    model: conditional({ likelihood: standardized }),
  },
  {
    name: "sound: VAE of a table, beta 0.5",
    symptoms: [],
    model: vae({ likelihood: standardized, latent: 4, beta: 0.5 }),
  },
  {
    name: "table, beta 1000",
    symptoms: [collapse],
    follows: [unused],
    twin: table,
    shows: isAtLeast("mse", 1.25),
    model: vae({ beta: 1000, likelihood: standardized }),
  },
  {
    name: "table, latent 32",
    symptoms: [unused],
    shows: isNeedless,
    model: vae({ latent: 32, beta: 2, likelihood: standardized }),
  },
  {
    name: "table, 30 examples",
    symptoms: [overfits],
    examples: 30,
    longer: 3,
    twin: table,
    shows: (own, twin) => own.overfit >= leastOverfit || isWorse(own, twin),
    model: vae({ likelihood: standardized, latent: 4 }),
  },
  {
    name: "table, learning rate 0.3",
    symptoms: leaps,
    follows: [collapse, unused, explodes],
    optimizer: adam({ learningRate: 0.3 }),
    twin: table,
    shows: isWorse,
    model: vae({ likelihood: standardized, latent: 4 }),
  },
  {
    name: "table as it is",
    symptoms: [...leaps, explodes],
    follows: [collapse, unused, leaks],
    twin: table,
    shows: isWorse,
    model: vae({ likelihood: "gaussian", latent: 4 }),
  },
];

/** The cases of a set. */
export const casesOf = (isTable: boolean): readonly Case[] =>
  isTable ? ofTables : [...sound, ...broken];

/** What a case sees of a set. */
export function subjectOf({ times }: Case, subject: Subject): Subject {
  if (times === undefined) return subject;
  const scaled = (split: Split): Split => ({
    ...split,
    data: Float32Array.from(split.data, (value) =>
      split.data instanceof Uint8Array ? (times * value) / 255 : times * value,
    ),
  });
  return { ...subject, train: scaled(subject.train), test: scaled(subject.test) };
}

/** How a case is trained. */
interface RunOptions {
  readonly subject: Subject;
  readonly seed: number;
  readonly steps: number;
  /** Called some ten times while training goes on. */
  readonly onPart: (model: LatentModel) => Promise<void>;
}

/** Trains a case. */
export async function runCase(
  one: Case,
  { subject, seed, steps, onPart }: RunOptions,
): Promise<{ readonly model: LatentModel; readonly history: History }> {
  const { optimizer, examples = subject.train.shape[0], longer = 1 } = one;
  const model = one.model(subject, seed);
  const order = new Random(seed).fork("examples").permutation(subject.train.shape[0]);
  const data = take(subject.train, [...order.subarray(0, examples)]);
  const all = steps * longer;
  let part = 0;
  const options: TrainOptions = {
    steps: all,
    batchSize: examples < 500 ? 16 : 64,
    seed,
    progress: "silent",
    callbacks: {
      async onEpoch({ step }) {
        if (step < (part * all) / 10) return;
        part = Math.floor((10 * step) / all) + 1;
        await onPart(model);
      },
    },
    ...(optimizer === undefined ? {} : { optimizer }),
  };
  const { history } = await train(model, data, options);
  return { model, history };
}
