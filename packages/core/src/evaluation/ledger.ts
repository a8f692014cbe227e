/** The objective of a model as a table of figures, beside what other libraries would print. */
import * as tf from "@tensorflow/tfjs-core";
import type { ExamplesLike } from "../data/examples.ts";
import { sumPerExample } from "../distributions/distribution.ts";
import type { Distribution } from "../distributions/distribution.ts";
import type { Gaussian } from "../distributions/gaussian.ts";
import { elboOf, isRate } from "../model/elbo.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { resolveSchedule } from "../objective/schedule.ts";
import { readCall } from "../operations/call.ts";
import type { CallOptions } from "../operations/call.ts";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { Random } from "../random/random.ts";
import { scalarValues } from "../runner/feeds.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import { exampleTerms } from "../runner/terms.ts";
import { sizeOf } from "../shape.ts";
import type { Rows } from "../step/rows.ts";
import { libraryLosses } from "./conventions.ts";
import type { LibraryLoss, LossParts } from "./conventions.ts";
import { ledgerText } from "./ledgerText.ts";
import type { Ledger, LedgerBeta, LedgerTerm } from "./ledgerText.ts";

interface LedgerOwn {
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
  /** The step at which schedules are read; default the model's present step. */
  readonly step?: number;
  /** Examples per batch; default the size trained with, else 128. */
  readonly batchSize?: number;
}

/** Options of {@link ledger}. */
export interface LedgerOptions extends CallOptions, LedgerOwn {}

const ledgerTable = {
  seed: { rule: rules.integer(), default: 0, doc: "of noise and binarization" },
  step: {
    rule: rules.integer({ min: 0 }),
    default: undefined,
    shown: "the model's",
    doc: "at which schedules are read",
  },
  batchSize: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "that trained with",
    doc: "examples per batch",
  },
} satisfies OptionTable<LedgerOwn>;

/**
 * The ledger of a model's objective: every term with its unit and weight, per example, per value and per batch; what the
 * weight of a rate amounts to where losses are means; and what Keras', PyTorch's and pythae's conventions would print for the
 * same model, examples and draws. `String(await ledger(model, images))` is a page of text.
 *
 * The conventions are there for models of one column with a Bernoulli likelihood or a Gaussian of one scale, and one level.
 *
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function ledger(
  model: LatentVariableModel,
  examples: ExamplesLike,
  options: LedgerOptions = {},
): Promise<Ledger> {
  const fn = "ledger";
  const { own, told, compute } = readCall({ model, fn }, ledgerTable, options);
  const { seed, step = model.step, batchSize = model.batchSize ?? 128 } = own;
  const rows = await model.rows(fn, examples, told);
  const place = { random: new Random(seed).fork("ledger"), step, compute, batchSize };
  const measured = await exampleTerms(model, rows, place);
  const means = meansOf(model, measured);
  const values = Object.values(model.example).reduce(
    (n, { column }) => n + sizeOf(column.shape),
    0,
  );
  const terms = means.map(({ name, per, nats }) => {
    const weight = weightOf(model, name, step);
    const perBatch = nats * Math.min(batchSize, rows.count);
    return { name, per, nats, perValue: nats / values, perBatch, weight, weighted: weight * nats };
  });
  const elbo = elboOf(Object.fromEntries(terms.map(({ name, nats }) => [name, nats])));
  const betas = betasOf(model, terms, values);
  const content = {
    kind: model.kind,
    step,
    examples: rows.count,
    batchSize: Math.min(batchSize, rows.count),
    values,
    terms,
    loss: terms.reduce((sum, { weighted }) => sum + weighted, 0),
    ...(elbo === undefined ? {} : { elbo }),
    betas,
    libraries: await librariesOf(model, { rows, terms, betas, place }),
  };
  return { ...content, toString: () => ledgerText(content) };
}

type Means = readonly Pick<LedgerTerm, "name" | "per" | "nats">[];

/** Means of the terms of the model's own phase. */
function meansOf(
  { phases }: LatentVariableModel,
  { terms, ofBatch }: Awaited<ReturnType<typeof exampleTerms>>,
): Means {
  const others = phases.slice(1).map(({ name }) => `${name}.`);
  const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
  const own = (per: "example" | "batch", all: Readonly<Record<string, Float64Array>>): Means =>
    Object.entries(all)
      .filter(([name]) => !others.some((prefix) => name.startsWith(prefix)))
      .map(([name, values]) => ({ name, per, nats: mean(values) }));
  return [...own("example", terms), ...own("batch", ofBatch)];
}

function weightOf({ phases }: LatentVariableModel, name: string, step: number): number {
  const { weights = {} } = phases[0];
  return Object.hasOwn(weights, name) ? resolveSchedule(weights[name])(step) : 1;
}

function betasOf(
  { levels }: LatentVariableModel,
  terms: readonly LedgerTerm[],
  values: number,
): LedgerBeta[] {
  const names = Object.keys(levels);
  return terms
    .filter(({ name }) => isRate(name))
    .map(({ name, nats, weight }) => {
      const level = name === "rate" ? names[0] : name.slice(0, -".rate".length);
      const dimensions = sizeOf(levels[level].latent);
      return {
        term: name,
        beta: weight,
        dimensions,
        perValue: weight / values,
        ofMeans: (weight * dimensions) / values,
        natsPerDimension: nats / dimensions,
      };
    });
}

interface LibraryInput {
  readonly rows: Rows;
  readonly terms: readonly LedgerTerm[];
  readonly betas: readonly LedgerBeta[];
  readonly place: Pick<Parameters<typeof exampleTerms>[2], "random" | "step" | "compute"> & {
    readonly batchSize: number;
  };
}

/** What other libraries would print, for the same draws as the terms. */
async function librariesOf(
  model: LatentVariableModel,
  { rows, terms, betas, place }: LibraryInput,
): Promise<LibraryLoss[]> {
  const { example, columns, noise = {}, draws = 1, schedules = {} } = model;
  const names = Object.keys(example);
  const rate = terms.find(({ name }) => name === "rate");
  if (names.length !== 1 || betas.length !== 1 || rate === undefined) return [];
  const { random, step, compute, batchSize } = place;
  const sums = await runRows(model, {
    name: "ledger",
    program: () => partsProgram(model, names[0]),
    compute,
    count: rows.count,
    sources: [{ rows, columns, random: random.fork("prepare") }],
    noise,
    draws,
    random: random.fork("noise"),
    scalars: scalarValues(schedules, step),
    batchSize: Math.min(batchSize, rows.count),
  });
  const parts = partsOf(sums);
  if (parts === undefined) return [];
  const { shape } = example[names[0]].column;
  return libraryLosses({
    values: sizeOf(shape),
    channels: shape.length === 3 ? shape[2] : 1,
    rate: rate.nats,
    beta: rate.weight,
    reconstruction: parts,
  });
}

/** Sums over values `[K, B, ...]` -> `[K, B]` that other libraries' reconstruction terms are made of, by the kind of a distribution. */
const counterparts: Readonly<
  Record<
    string,
    (distribution: Distribution, x: tf.Tensor) => Record<string, tf.Tensor> | undefined
  >
> = {
  bernoulli: (distribution, x) => ({
    crossEntropy: sumPerExample(tf.neg(distribution.logProb(x)), 2),
  }),
  gaussian(distribution, x) {
    const { logVar } = (distribution as Gaussian).parameters;
    if (logVar.size !== 1) return undefined;
    const squaredError = sumPerExample(tf.squaredDifference(distribution.mean(), x), 2);
    return {
      squaredError,
      variance: tf.add(tf.zerosLike(squaredError), tf.exp(tf.reshape(logVar, []))),
    };
  },
};

function partsProgram(model: LatentVariableModel, column: string): Program {
  const { draws = 1 } = model;
  return programOver(model, { draws }, (batch, context) => {
    const pass = model.operations.pass(batch, context);
    const distribution = model.example[column].distribution(pass.decoded); // of [K, B, ...]
    const parts = counterparts[distribution.kind]?.(distribution, batch[column]) ?? {};
    const none = tf.zeros([batch[column].shape[0]]);
    const means = Object.entries(parts).map(([name, sums]) => [name, tf.mean(sums, 0)] as const);
    return means.length === 0 ? { none } : Object.fromEntries(means);
  });
}

function partsOf(
  sums: Readonly<Record<string, { readonly data: ArrayLike<number> }>>,
): LossParts["reconstruction"] | undefined {
  const mean = (name: string): number =>
    Array.from(sums[name].data).reduce((a, b) => a + b, 0) / sums[name].data.length;
  if ("crossEntropy" in sums) return { kind: "cross-entropy", sum: mean("crossEntropy") };
  if (!("squaredError" in sums)) return undefined;
  return { kind: "squared error", sum: mean("squaredError"), variance: mean("variance") };
}
