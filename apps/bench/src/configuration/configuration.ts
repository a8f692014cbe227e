import { datasetNames } from "@elbo/datasets";
import { engineNames } from "@elbo/jit";
import { measures } from "../measures/index.ts";
import { omit } from "../omit.ts";
import { Refusal } from "../refusal.ts";
import {
  datasetField,
  jsonField,
  oneOf,
  orWord,
  positiveNumber,
  seedList,
  wholeNumber,
  widthList,
  wordList,
} from "./fields.ts";
import { halvingField, modelEntries, networkField, searchField } from "./searchFields.ts";
import type { ModelEntry } from "../models/entry.ts";
import type { Search } from "../search/design.ts";
import type { Spaces } from "../search/space.ts";
import type { Field } from "./fields.ts";
import type { Halving, Protocol } from "./protocol.ts";

/** A whole comparison: the protocol, whom it compares how often, what is measured, and how values are searched where spaces stand for them. */
export interface Configuration extends Protocol {
  readonly models: readonly ModelEntry[];
  readonly seeds: readonly number[];
  /** Names of measures. */
  readonly measures: readonly string[];
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
  "schedule",
  "likelihood",
] as const;

/** What a file may say, in the order in which it is shown. */
export type Fields = {
  readonly [Key in keyof Omit<Configuration, "spaces" | "contents">]-?: Field<
    Exclude<Configuration[Key], undefined>
  >;
};

/**
 * What each entry of a configuration may be.
 *
 * @param entries rows that can be called by their names, besides the kinds of models
 */
export function configurationFields(entries: readonly ModelEntry[] = []): Fields {
  return {
    dataset: datasetField(datasetNames),
    data: jsonField(),
    models: modelEntries(entries),
    epochs: wholeNumber(1),
    seeds: seedList(),
    measures: wordList(measures.map(({ name }) => name)),
    trainExamples: orWord(wholeNumber(1), "all"),
    testExamples: orWord(wholeNumber(1), "all"),
    network: networkField(),
    widths: widthList(),
    batchSize: wholeNumber(1),
    learningRate: positiveNumber(),
    schedule: oneOf(["constant", "cosine"]),
    likelihood: oneOf(["bernoulli", "grey-bernoulli", "gaussian", "discretized-logistic"]),
    likelihoodSamples: wholeNumber(1),
    engine: oneOf(["auto", ...engineNames]),
    threads: orWord(wholeNumber(1), "auto"),
    search: searchField(),
    halving: halvingField(),
  };
}

/** The protocol of a configuration: everything but whom it compares, how often, and what is measured. */
export function protocolOf(configuration: Configuration): Protocol {
  return omit(configuration, "models", "seeds", "measures", "search", "halving", "spaces");
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
