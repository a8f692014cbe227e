import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { ExamplesLike } from "../data/examples.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { withCondition } from "../model/tracedOperations.ts";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { Random } from "../random/random.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { NoiseSpecs } from "../step/noise.ts";
import type { Rows } from "../step/rows.ts";
import { readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";

interface PosteriorOwn {
  /** How many latents to draw per example; default 0. */
  readonly draws?: number;
  /** Seed of the draws; default 0. */
  readonly seed?: number;
}

/** Options of {@link posterior}. */
export interface PosteriorOptions extends CallOptions, PosteriorOwn {}

const posteriorOptions = {
  draws: { rule: rules.integer({ min: 0 }), default: 0, doc: "latents drawn per example" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
} satisfies OptionTable<PosteriorOwn>;

/**
 * The posteriors of examples: their parameters by name, `[n, ...]` each, such as `mean` and `logVar` (natural logarithm of the
 * variance), or `indices` and `distances`; with `draws` also `draws` `[n, k, ...latent]`. With several levels a record of these
 * by level.
 *
 * @throws TypeError or RangeError when examples or condition do not fit
 */
export async function posterior(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: PosteriorOptions = {},
): Promise<NdArrays | Readonly<Record<string, NdArrays>>> {
  const fn = "posterior";
  const { own, told, compute } = readCall({ model, fn }, posteriorOptions, options);
  const rows = await model.rows(fn, x, told);
  const random = new Random(own.seed).fork("posterior");
  const levels = Object.entries(
    await posteriorRows(model, rows, { draws: own.draws, random, compute }),
  );
  return levels.length === 1 ? levels[0][1] : Object.fromEntries(levels);
}

/** How {@link posteriorRows} draws. */
interface PosteriorRowsOptions {
  /** Latents drawn per example. */
  readonly draws: number;
  readonly random: Random;
  readonly compute: ComputeOptions;
}

/** The posteriors of rows by level: their parameters by name, and draws. */
export async function posteriorRows(
  model: LatentVariableModel,
  rows: Rows,
  { draws, random, compute }: PosteriorRowsOptions,
): Promise<Record<string, NdArrays>> {
  const outputs = await runRows(model, {
    name: `posterior ${draws}`,
    program: () => posteriorProgram(model, draws),
    compute,
    count: rows.count,
    sources: [{ rows, columns: model.columns }],
    noise: latentNoise(model, draws),
    draws,
    random,
    scalars: scalarsOfModel(model),
  });
  return Object.fromEntries(
    Object.keys(model.levels).map((level) => [level, under(level, outputs)]),
  );
}

const under = (level: string, outputs: NdArrays): Record<string, NdArray> =>
  Object.fromEntries(
    Object.entries(outputs)
      .filter(([name]) => name.startsWith(`${level}/`))
      .map(([name, array]) => [name.slice(level.length + 1), array]),
  );

/** The noise of the latents; none where nothing is drawn. */
function latentNoise({ noise = {} }: LatentVariableModel, draws: number): NoiseSpecs {
  if (draws === 0) return {};
  return Object.fromEntries(Object.entries(noise).filter(([name]) => name.startsWith("latents/")));
}

function posteriorProgram(model: LatentVariableModel, draws: number): Program {
  const { operations, levels, condition } = model;
  const noise = latentNoise(model, draws);
  return programOver(model, { noise, draws }, (batch, given) => {
    const context = withCondition(condition, batch, { ...given, useMode: draws === 0 });
    const outputs: Record<string, tf.Tensor> = {};
    for (const [level, { posterior: q, z }] of Object.entries(
      operations.inferLevels(batch, context),
    )) {
      const parameters = levels[level].describe?.(q) ?? { mode: levels[level].mode(q) };
      for (const [name, values] of Object.entries(parameters)) outputs[`${level}/${name}`] = values;
      if (draws === 0) continue;
      const axes = z.shape.map((_, axis) => axis).slice(2);
      outputs[`${level}/draws`] = tf.transpose(z, [1, 0, ...axes]); // [B, K, ...]
    }
    return outputs;
  });
}
