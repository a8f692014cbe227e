import type { ExamplesLike } from "../data/examples.ts";
import { elboTerms } from "../model/elbo.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { readCall } from "../operations/call.ts";
import type { CallOptions } from "../operations/call.ts";
import { scoreRows } from "../operations/score.ts";
import type { ExampleScores } from "../operations/score.ts";
import { rules } from "@elbo/common";
import type { OptionTable, OptionValues } from "@elbo/common";
import { Random } from "../random/random.ts";
import { exampleTerms } from "../runner/terms.ts";
import type { ExampleTerms } from "../runner/terms.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { Rows } from "../step/rows.ts";
import { estimateOf } from "./estimate.ts";
import type { Estimate } from "./estimate.ts";
import { measureRows } from "./measure.ts";

/** Figures of models of images with Gaussian latents. */
export type BoundFigure = "elbo" | "rate" | "nll" | "activeUnits" | "mse";

/** Figures that a model may have by itself, besides `distortion`. */
interface Figures {
  /** `-(distortion + rate)`, weights 1 whatever the model was trained with. */
  readonly elbo: Estimate;
  /** KL(q(z|x) || p(z)), summed over levels. */
  readonly rate: Estimate;
  /** `-log 1/k sum_i p(x|z_i) p(z_i) / q(z_i|x)`, the importance-weighted bound of k = `samples` draws. */
  readonly nll: Estimate;
  /** Latent dimensions with `Var_x(E_q[z_d|x]) > 0.01`. */
  readonly activeUnits: Estimate;
  /** Squared error per value of `reconstruct(x)`: the encoder is fed values before any binarization, as they are compared with. */
  readonly mse: Estimate;
}

/**
 * Figures of a model on held-out data in nats per example, each with its standard error.
 *
 * Those named by `Figure` are there for sure, others that a model may have perhaps; `Evaluation<string>` is a plain record.
 */
export type Evaluation<Figure extends string = never> = {
  /** `-E_q[log p(x|z)]`, by the mean over the draws. */
  readonly distortion: Estimate;
} & Readonly<Record<Figure, Estimate>> &
  Readonly<Partial<Figures>>;

/** A model that says which figures it has. */
export interface Evaluable<Figure extends string> extends LatentVariableModel {
  /** For types only. */
  evaluates?(figure: Figure): void;
}

interface EvaluateOwn {
  /** Draws of the posterior for each example, at least 1; default 64. */
  readonly samples?: number;
  /** Seed of noise and binarization; default 0. */
  readonly seed?: number;
  /** Examples at a time; changes nothing but rounding (terms of the batch have the size trained with). Default 64. */
  readonly batchSize?: number;
  /** Only so many examples, the first ones. */
  readonly limit?: number;
}

/** Options of {@link evaluate}. */
export interface EvaluateOptions extends CallOptions, EvaluateOwn {}

/** {@link EvaluateOptions} as a table. */
export const evaluateTable = {
  samples: {
    rule: rules.integer({ min: 1 }),
    default: 64,
    doc: "draws of the posterior for each example",
  },
  seed: { rule: rules.integer(), default: 0, doc: "of noise and binarization" },
  batchSize: {
    rule: rules.integer({ min: 1 }),
    default: 64,
    doc: "examples at a time; changes nothing but rounding",
  },
  limit: {
    rule: rules.integer({ min: 1 }),
    default: undefined,
    shown: "all",
    doc: "only so many examples, the first ones",
  },
} satisfies OptionTable<EvaluateOwn>;

/**
 * Measures a model on held-out examples, in nats per example.
 *
 * - `distortion`, `rate`, `elbo`, `nll`, `activeUnits`, `mse`: see {@link Evaluation}; `<level>.rate` for each of several levels.
 * - every further term of the model's objective by its name; a term of the batch over whole batches of the size and with the
 *   number of examples that the model was trained with (both are saved), with its standard error over batches.
 * - the schemes' own figures over all examples, such as `perplexity`: those of the codes that `encode` gives.
 *
 * Figures that a model does not have (a rate without a prior) are absent. Noise and binarization of an example depend on
 * the seed and on its position, so results do not depend on the batch size but for float rounding.
 * Source of nll and activeUnits: Burda et al. 2016 (arXiv:1509.00519).
 *
 * @param examples images `[n, height, width, channels]` or whatever the model explains, with labels for models of labelled data
 * @throws TypeError or RangeError for bad arguments
 */
export async function evaluate<Figure extends string = never>(
  model: Evaluable<Figure>,
  examples: ExamplesLike,
  options: EvaluateOptions = {},
): Promise<Evaluation<Figure>> {
  const fn = "evaluate";
  const { own, told, compute } = readCall({ model, fn }, evaluateTable, options);
  const rows = await model.rows(fn, examples, told);
  return evaluateRows(model, rows, { ...own, compute });
}

/** {@link evaluate} of rows that were read already. */
export async function evaluateRows<Figure extends string = never>(
  model: Evaluable<Figure>,
  rows: Rows,
  options: OptionValues<typeof evaluateTable> & { readonly compute: ComputeOptions },
): Promise<Evaluation<Figure>> {
  const { samples, seed, batchSize, limit, compute } = options;
  const count = Math.min(limit ?? Infinity, rows.count);
  const indices = Int32Array.from({ length: count }, (_, i) => i);
  const random = new Random(seed).fork("evaluate");
  const place = { indices, random, compute };
  const scores = await scoreRows(model, rows, { ...place, samples, batchSize });
  const further = isPlainElbo(model)
    ? undefined
    : await exampleTerms(model, rows, { ...place, step: model.step });
  const { squaredError, activeUnits, metrics } = await measureRows(model, rows, {
    ...place,
    batchSize,
  });
  const figures: Record<string, Estimate> = {
    ...bounds(scores),
    ...(activeUnits && { activeUnits }),
    ...(squaredError && { mse: estimateOf(squaredError) }),
    ...otherTerms(scores, further),
    ...metrics,
  };
  return figures as Evaluation<Figure>;
}

/** Whether the objective has the terms of the ELBO and no others, which are measured anyway. */
const isPlainElbo = ({ objective, phases }: LatentVariableModel): boolean =>
  objective.terms === elboTerms && phases.length === 1;

function bounds({
  elbo,
  distortion,
  rate,
  logLikelihood,
}: ExampleScores): Record<string, Estimate> {
  return {
    ...(elbo && { elbo: estimateOf(elbo) }),
    distortion: estimateOf(distortion),
    ...(rate && { rate: estimateOf(rate) }),
    ...(logLikelihood && { nll: estimateOf(logLikelihood.map((value) => -value)) }),
  };
}

/** The terms that are not among the figures above: of the schemes over all draws, of the objective with its own draws. */
function otherTerms(
  { terms }: ExampleScores,
  further: ExampleTerms | undefined,
): Record<string, Estimate> {
  const known = ["distortion", "rate"];
  const all = { ...further?.terms, ...further?.ofBatch, ...terms };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !known.includes(name))
      .map(([name, values]) => [name, estimateOf(values)]),
  );
}
