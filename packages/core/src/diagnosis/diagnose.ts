import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { ExamplesLike } from "../data/examples.ts";
import { evaluateRows, evaluateTable } from "../evaluation/evaluate.ts";
import { collapseOfRows } from "../evaluation/posteriorCollapse.ts";
import type { PosteriorCollapse } from "../evaluation/posteriorCollapse.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { readCall } from "../operations/call.ts";
import type { CallOptions } from "../operations/call.ts";
import { Random } from "../random/random.ts";
import type { History } from "../training/history.ts";
import type { ExaminedRun, Sign, SymptomFigures } from "./symptom.ts";
import { symptoms } from "./symptoms.ts";

interface OwnOptions {
  /** Only so many examples, the first ones; default 500. */
  readonly limit?: number;
  /** Draws of the posterior per example; default 4. */
  readonly samples?: number;
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
}

/** Options of {@link diagnose}. */
export interface DiagnoseOptions extends CallOptions, OwnOptions {}

const table = {
  limit: {
    rule: rules.integer({ min: 2 }),
    default: 500,
    doc: "only so many examples, the first ones",
  },
  samples: {
    rule: rules.integer({ min: 1 }),
    default: 4,
    doc: "draws of the posterior for each example",
  },
  seed: evaluateTable.seed,
} satisfies OptionTable<OwnOptions>;

/** A symptom that was found, with its evidence. */
export interface Finding extends Sign {
  readonly symptom: string;
  /** The numbers that the evidence rests on. */
  readonly figures: SymptomFigures;
}

/** What {@link diagnose} gives; `String(diagnosis)` is a page of text. */
export interface Diagnosis {
  /** Causes before what follows from them; none for a sound training. */
  readonly findings: readonly Finding[];
  /** The figures of every symptom that could be looked for, found or not. */
  readonly figures: Readonly<Record<string, SymptomFigures>>;
  toString(): string;
}

/**
 * Says what went wrong with a training, each symptom with its numbers and what to try: posterior collapse, a weight of the KL divergence
 * that is off by the number of values, grey values under a Bernoulli, overfitting, unused latents, exploding variance, a learning
 * rate that is too high, divergence; packages of models add theirs by `registerSymptom`.
 *
 * Thresholds are those of each symptom's file. A training that ended at a value that was not finite is a training like others: its model
 * holds the weights from before. Of a model whose own figures are not finite divergence alone is said.
 *
 * @param data held-out examples, with labels where the model is told them
 * @param history what `train` gave; without it learning rate, divergence and overfitting are not looked for
 * @throws TypeError or RangeError when examples or condition do not fit
 */
// eslint-disable-next-line max-params -- the three things that a diagnosis is of
export async function diagnose(
  model: LatentVariableModel,
  data: ExamplesLike,
  history?: History,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const fn = "diagnose";
  const { own, told, compute } = readCall({ model, fn }, table, options);
  const { limit, samples, seed } = own;
  const all = await model.rows(fn, data, told);
  const rows = { ...all, count: Math.min(limit, all.count) };
  const evaluation = await evaluateRows<string>(model, rows, {
    ...{ limit, samples, seed, compute },
    batchSize: evaluateTable.batchSize.default,
  });
  const examined = { model, data, told, rows, evaluation, history, seed, compute };
  const run: ExaminedRun = { ...examined, collapse: once(() => collapseOf(examined)) };
  const figures: Record<string, SymptomFigures> = {};
  const findings: Finding[] = [];
  // Of a model that gives no numbers nothing else can be told.
  const isFinite = Number.isFinite(evaluation.distortion.mean);
  for (const symptom of isFinite ? symptoms.kinds() : ["divergence"]) {
    const found = symptoms.find(fn, symptom);
    const measured = await found.measure(run);
    if (measured === undefined) continue;
    figures[symptom] = measured;
    const sign = found.judge(measured);
    if (sign !== undefined) findings.push({ symptom, ...sign, figures: measured });
  }
  return { findings, figures, toString: () => textOf(findings, Object.keys(figures)) };
}

/** Calls a function at the first call, and gives its result at every one. */
function once<T>(call: () => T): () => T {
  let kept: { readonly result: T } | undefined;
  return () => (kept ??= { result: call() }).result;
}

async function collapseOf(
  run: Omit<ExaminedRun, "collapse">,
): Promise<PosteriorCollapse | undefined> {
  const { model, rows, seed, compute, evaluation } = run;
  const isGaussian = evaluation.rate !== undefined && evaluation.activeUnits !== undefined;
  const isSingle = Object.keys(model.levels).length === 1;
  if (!isSingle || !isGaussian || rows.count < 2) return undefined;
  const random = new Random(seed).fork("posteriorCollapse");
  return collapseOfRows(model, rows, { random, compute });
}

function textOf(findings: readonly Finding[], looked: readonly string[]): string {
  if (findings.length === 0) return `Nothing found of: ${looked.join(", ")}.`;
  return findings
    .map(
      ({ symptom, severity, evidence, advice }) =>
        `${symptom}${severity === "note" ? " (a note)" : ""}\n  seen: ${evidence}\n  try: ${advice}`,
    )
    .join("\n");
}
