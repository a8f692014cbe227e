import { engineNames } from "@elbo/jit";
import { omit } from "../omit.ts";
import { Refusal } from "../refusal.ts";
import { entryOf } from "../models/entry.ts";
import { oneOf, orWord, positiveNumber, seedList, wholeNumber, widthList } from "./fields.ts";
import { halvingField, modelEntries, searchField } from "./searchFields.ts";
import type { ModelEntry } from "../models/entry.ts";
import type { Search } from "../search/design.ts";
import type { Spaces } from "../search/space.ts";
import type { Field } from "./fields.ts";
import type { Halving, Protocol } from "./protocol.ts";

/** A whole comparison: the protocol, whom it compares how often, and how values are searched where spaces stand for them. */
export interface Configuration extends Protocol {
  readonly models: readonly ModelEntry[];
  readonly seeds: readonly number[];
  readonly search: Search;
  /** Early ends for settings that fall behind; absent: all are trained to the end. */
  readonly halving?: Halving;
  /** Spaces of the protocol, by key. */
  readonly spaces: Spaces;
}

/** The keys of a protocol that a space may stand for. */
export const searchableKeys = [
  "network",
  "widths",
  "batchSize",
  "learningRate",
  "likelihood",
] as const;

/** The names that exist: of data sets and of models. */
export interface KnownNames {
  readonly datasets: readonly string[];
  readonly models: readonly string[];
}

/** What a file may say, in the order in which it is shown. */
export type Fields = {
  readonly [Key in keyof Omit<Configuration, "spaces">]-?: Field<
    Exclude<Configuration[Key], undefined>
  >;
};

/**
 * What each entry of a configuration may be.
 *
 * @param known the names of data sets and models
 */
export function configurationFields(known: KnownNames): Fields {
  return {
    dataset: oneOf(known.datasets),
    models: modelEntries(known.models),
    epochs: wholeNumber(1),
    seeds: seedList(),
    trainExamples: orWord(wholeNumber(1), "all"),
    testExamples: orWord(wholeNumber(1), "all"),
    network: oneOf(["mlp", "conv"]),
    widths: widthList(),
    batchSize: wholeNumber(1),
    learningRate: positiveNumber(),
    likelihood: oneOf(["bernoulli", "grey-bernoulli", "gaussian", "discretized-logistic"]),
    likelihoodSamples: wholeNumber(1),
    engine: oneOf(["auto", ...engineNames]),
    threads: orWord(wholeNumber(1), "auto"),
    search: searchField(),
    halving: halvingField(),
  };
}

/** The comparison that runs when nothing is said. */
export function defaultConfiguration(known: KnownNames): Configuration {
  return {
    dataset: "fashion-mini",
    models: known.models.map(entryOf),
    epochs: 10,
    seeds: [1, 2],
    trainExamples: "all",
    testExamples: "all",
    network: "conv",
    widths: [16, 32],
    batchSize: 128,
    learningRate: 2e-3,
    likelihood: "bernoulli",
    likelihoodSamples: 64,
    engine: "auto",
    threads: "auto",
    search: { method: "grid", points: 16, seed: 0 },
    spaces: {},
  };
}

/** What `--quick` changes of it: everything is exercised, nothing is converged. */
export const quickChanges: Partial<Configuration> = {
  epochs: 4,
  seeds: [1],
  likelihoodSamples: 16,
};

/** The protocol of a configuration: everything but whom it compares and how often. */
export function protocolOf(configuration: Configuration): Protocol {
  return omit(configuration, "models", "seeds", "search", "halving", "spaces");
}

/**
 * Refuses combinations that single fields cannot see.
 *
 * @throws Refusal naming the argument, the rule and the value
 */
export function checkCombinations(configuration: Configuration, caller = "bench run"): void {
  const { trainExamples, batchSize, halving, epochs } = configuration;
  if (halving !== undefined && halving.epochs >= epochs)
    throw new Refusal(
      `${caller}: halving must begin before the last epoch (${epochs}), got ${halving.epochs}`,
    );
  if (trainExamples !== "all" && trainExamples < 2 * batchSize)
    throw new Refusal(
      `${caller}: trainExamples must be at least two batches (${2 * batchSize}), got ${trainExamples}`,
    );
}
