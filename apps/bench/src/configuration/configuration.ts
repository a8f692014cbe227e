import { engineNames, type EngineName } from "@elbo/jit";
import { omit } from "../omit.ts";
import { Refusal } from "../refusal.ts";
import {
  oneOf,
  orWord,
  positiveNumber,
  seedList,
  someOf,
  wholeNumber,
  widthList,
} from "./fields.ts";
import type { Field } from "./fields.ts";

/** The likelihoods that a protocol can name. */
export type LikelihoodName = "bernoulli" | "grey-bernoulli" | "gaussian" | "discretized-logistic";

/** What every model of one comparison shares. Two runs with equal protocols may share their results. */
export interface Protocol {
  readonly dataset: string;
  /** How many training images are used, from the first on. */
  readonly trainExamples: number | "all";
  /** How many held-out images are used, from the first on. */
  readonly testExamples: number | "all";
  readonly network: "mlp" | "conv";
  /** Hidden widths of the encoder from the image on; the decoder mirrors them. */
  readonly widths: readonly number[];
  /** Dimensions of a Gaussian latent. */
  readonly latent: number;
  /** Rows of a codebook. */
  readonly codes: number;
  /** Dimensions of a code row. */
  readonly codeSize: number;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** What pixels are given the latents: Bernoulli on images binarized anew at every visit or on grey values, or a density of grey values. */
  readonly likelihood: LikelihoodName;
  /** Draws per image of the importance-weighted likelihood. */
  readonly likelihoodSamples: number;
  readonly engine: "auto" | EngineName;
  readonly threads: number | "auto";
}

/** A whole comparison: the protocol, and whom it compares how often. */
export interface Configuration extends Protocol {
  readonly models: readonly string[];
  readonly seeds: readonly number[];
}

/** The names that exist: of data sets and of models. */
export interface KnownNames {
  readonly datasets: readonly string[];
  readonly models: readonly string[];
}

/** The fields of a configuration, in the order in which they are shown. */
export type Fields = { readonly [Key in keyof Configuration]: Field<Configuration[Key]> };

/**
 * What each entry of a configuration may be.
 *
 * @param known the names of data sets and models
 */
export function configurationFields(known: KnownNames): Fields {
  return {
    dataset: oneOf(known.datasets),
    models: someOf(known.models),
    epochs: wholeNumber(1),
    seeds: seedList(),
    trainExamples: orWord(wholeNumber(1), "all"),
    testExamples: orWord(wholeNumber(1), "all"),
    network: oneOf(["mlp", "conv"]),
    widths: widthList(),
    latent: wholeNumber(1),
    codes: wholeNumber(2),
    codeSize: wholeNumber(1),
    batchSize: wholeNumber(1),
    learningRate: positiveNumber(),
    likelihood: oneOf(["bernoulli", "grey-bernoulli", "gaussian", "discretized-logistic"]),
    likelihoodSamples: wholeNumber(1),
    engine: oneOf(["auto", ...engineNames]),
    threads: orWord(wholeNumber(1), "auto"),
  };
}

/** The comparison that runs when nothing is said. */
export function defaultConfiguration(known: KnownNames): Configuration {
  return {
    dataset: "fashion-mini",
    models: known.models,
    epochs: 10,
    seeds: [1, 2],
    trainExamples: "all",
    testExamples: "all",
    network: "conv",
    widths: [16, 32],
    latent: 16,
    codes: 128,
    codeSize: 16,
    batchSize: 128,
    learningRate: 2e-3,
    likelihood: "bernoulli",
    likelihoodSamples: 64,
    engine: "auto",
    threads: "auto",
  };
}

/** What `--quick` changes of it: everything is exercised, nothing is converged. */
export const quickChanges: Partial<Configuration> = {
  epochs: 4,
  seeds: [1],
  likelihoodSamples: 16,
};

/**
 * The first entry in which two protocols differ, or undefined if they are equal.
 *
 * @param stored the protocol of results that exist
 * @param asked the protocol of this run
 */
export function firstDifference(
  stored: Readonly<Record<string, unknown>>,
  asked: Readonly<Record<string, unknown>>,
): { readonly key: string; readonly stored: unknown; readonly asked: unknown } | undefined {
  for (const key of new Set([...Object.keys(asked), ...Object.keys(stored)])) {
    if (JSON.stringify(stored[key]) !== JSON.stringify(asked[key]))
      return { key, stored: stored[key], asked: asked[key] };
  }
  return undefined;
}

/** The protocol of a configuration: everything but whom it compares and how often. */
export function protocolOf(configuration: Configuration): Protocol {
  return omit(configuration, "models", "seeds");
}

/**
 * Refuses combinations that single fields cannot see.
 *
 * @throws Refusal naming the argument, the rule and the value
 */
export function checkCombinations(configuration: Configuration, caller = "bench run"): void {
  const { trainExamples, batchSize } = configuration;
  if (trainExamples !== "all" && trainExamples < 2 * batchSize)
    throw new Refusal(
      `${caller}: trainExamples must be at least two batches (${2 * batchSize}), got ${trainExamples}`,
    );
}
