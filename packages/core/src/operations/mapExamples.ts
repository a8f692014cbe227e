import type * as tf from "@tensorflow/tfjs-core";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import type { ExamplesLike } from "../data/examples.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { withCondition } from "../model/tracedOperations.ts";
import { Random } from "../random/random.ts";
import { programOver } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import type { Columns } from "../step/columns.ts";
import type { StepContext } from "../step/context.ts";
import { readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions } from "./call.ts";

/** What is computed of every example, by name, `[B, ...]` each; traced, with the condition in the context. */
export type ExampleMap = (
  batch: Columns,
  context: StepContext,
) => Readonly<Record<string, tf.Tensor>>;

interface OwnOptions {
  /** Tells what is computed from other maps of the same model: it is compiled once per name. */
  readonly name: string;
  /** Draws of the posteriors' noise per example, default 1. */
  readonly draws?: number;
  /** Seed of the noise; default 0. */
  readonly seed?: number;
  /** The function that messages name; default `mapExamples`. */
  readonly caller?: string;
}

/** Options of {@link mapExamples}. */
export interface MapExamplesOptions extends CallOptions, OwnOptions {}

const table = {
  name: { rule: rules.text() },
  draws: { rule: rules.integer({ min: 1 }), default: 1, doc: "draws of noise per example" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the noise" },
  caller: { rule: rules.text(), default: "mapExamples", doc: "the function that messages name" },
} satisfies OptionTable<OwnOptions>;

/**
 * Computes something of every example with the parts of a model: what `encode` and `score` do, for measures of one's own.
 *
 * Values are as they are (grey, not drawn). `run` may only depend on the model, since it is compiled once per name.
 *
 * @returns what `run` gives, `[n, ...]` each
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function mapExamples(
  model: LatentVariableModel,
  x: ExamplesLike,
  { run, ...options }: MapExamplesOptions & { readonly run: ExampleMap },
): Promise<Record<string, NdArray>> {
  const { caller: fn = "mapExamples" } = options;
  const { own, told, compute } = readCall({ model, fn }, table, options);
  const { name, draws, seed } = own;
  const rows = await model.rows(fn, x, told);
  return runRows(model, {
    name: `map ${name} ${draws}`,
    program: () =>
      programOver(model, { draws }, (batch, context) => ({
        ...run(batch, withCondition(model.condition, batch, context)),
      })),
    compute,
    count: rows.count,
    sources: [{ rows, columns: model.columns }],
    noise: model.noise ?? {},
    draws,
    random: new Random(seed).fork("map"),
    scalars: scalarsOfModel(model),
  });
}
