import { rules } from "@elbo/common";
import { trainTable } from "@elbo/core";
import { omit } from "../omit.ts";
import { checkFeatures } from "../measures/referenceClassifier.ts";
import { Refusal } from "../refusal.ts";
import {
  countOr,
  datasetRule,
  featuresRule,
  measuresRule,
  modelsRule,
  networkRule,
  normalRule,
  optionsRule,
  seedsRule,
  widthsRule,
} from "./rules.ts";
import type { OptionTable } from "@elbo/common";
import type { ModelEntry } from "../models/entry.ts";
import type { Search } from "../search/design.ts";
import type { Spaces } from "../search/space.ts";
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

/** What a file may say. */
type Said = Omit<Configuration, "spaces" | "contents">;

/** The keys of a protocol that a space may stand for. */
export const searchableKeys = [
  "network",
  "widths",
  "batchSize",
  "learningRate",
  "schedule",
  "likelihood",
] as const;

const searchTable = {
  method: { rule: rules.oneOf(["grid", "random", "latin-hypercube"]) },
  points: { rule: rules.integer({ min: 1 }), default: 16 },
  seed: { rule: rules.integer({ min: 0 }), default: 0 },
};

const halvingTable = {
  epochs: { rule: rules.integer({ min: 1 }) },
  factor: { rule: rules.integer({ min: 2 }), default: 3 },
};

/**
 * What each key of a configuration may be, in the order in which it is shown; their defaults are the preset `default`.
 *
 * @param entries rows that can be called by their names, besides the kinds of models
 */
export const configurationTable = (entries: readonly ModelEntry[] = []) =>
  ({
    dataset: { rule: datasetRule, doc: "the images" },
    data: {
      rule: optionsRule,
      default: undefined,
      doc: "of `load`, or of the function that reads one's own data",
    },
    models: { rule: modelsRule(entries), doc: "the rows of the table" },
    epochs: { rule: trainTable.epochs.rule, doc: "passes over the training images" },
    seeds: { rule: seedsRule, doc: "every model is trained once with each" },
    measures: { rule: measuresRule, doc: "what is measured of a trained model" },
    normal: {
      rule: normalRule,
      default: undefined,
      doc: "classes that training sees; the others are anomalies among the test images",
    },
    heldOut: {
      rule: rules.oneOf(["train"]),
      default: undefined,
      doc: "`train`: figures are of a tenth of the training images, which training then does not see, so that choices do not look at the test images",
    },
    trainExamples: {
      rule: countOr("all"),
      doc: "how many training images are used, spread evenly over them",
    },
    testExamples: { rule: countOr("all"), doc: "how many test images are used, likewise" },
    network: { rule: networkRule, doc: "of all models" },
    widths: {
      rule: widthsRule,
      doc: "hidden widths of the encoder from the image on, which the decoder mirrors, of a `network` by name: layers of `mlp`, channels of stride-2 layers of `conv`",
    },
    batchSize: { rule: trainTable.batchSize.rule, doc: trainTable.batchSize.doc },
    learningRate: {
      rule: rules.number({ above: 0 }),
      doc: "of Adam; with a schedule its highest value",
    },
    schedule: {
      rule: rules.oneOf(["constant", "cosine"]),
      doc: "`cosine`: the learning rate falls along half a cosine to a hundredth at the last step",
    },
    likelihood: {
      rule: rules.oneOf(["bernoulli", "grey-bernoulli", "gaussian", "discretized-logistic"]),
      doc: "of pixels; `bernoulli` binarizes images anew at every visit, `grey-bernoulli` takes their mean over such draws by feeding grey values as they are (a bound of the draws, smoother pictures)",
    },
    likelihoodSamples: {
      rule: rules.integer({ min: 1 }),
      doc: "draws k per image of the importance-weighted likelihood",
    },
    features: {
      rule: featuresRule,
      default: undefined,
      doc: "an ONNX model, `{ file, output, layout, mean, deviation }`, in whose output `frechet` and `samplers` compare images; else a classifier is trained",
    },
    engine: { rule: trainTable.engine.rule, doc: trainTable.engine.doc },
    threads: { rule: trainTable.threads.rule, doc: trainTable.threads.doc },
    search: { rule: rules.options(searchTable), doc: "how values are searched, see below" },
    halving: {
      rule: rules.options(halvingTable),
      default: undefined,
      doc: "when settings that fall behind are given up, see below",
    },
  }) satisfies OptionTable<Said>;

/** The protocol of a configuration: everything but whom it compares, how often, and what is measured. */
export function protocolOf(configuration: Configuration): Protocol {
  return omit(configuration, "models", "seeds", "measures", "search", "halving", "spaces");
}

/**
 * Refuses combinations that single keys cannot see.
 *
 * @throws Refusal naming the argument, the rule and the value
 */
export function checkCombinations(configuration: Configuration, caller = "bench run"): void {
  const { trainExamples, batchSize, halving, epochs, features } = configuration;
  checkFeatures(features, caller);
  if (halving !== undefined && halving.epochs >= epochs)
    throw new Refusal(
      `${caller}: halving must begin before the last epoch (${epochs}), got ${halving.epochs}`,
    );
  if (trainExamples !== "all" && trainExamples < 2 * batchSize)
    throw new Refusal(
      `${caller}: trainExamples must be at least two batches (${2 * batchSize}), got ${trainExamples}`,
    );
}
