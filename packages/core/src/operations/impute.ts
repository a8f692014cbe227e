import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { ExamplesLike } from "../data/examples.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import { parametersByColumn } from "../model/decodedColumns.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { Random } from "../random/random.ts";
import { programOver } from "../runner/program.ts";
import type { Program } from "../runner/program.ts";
import { runRows } from "../runner/rows.ts";
import type { NoiseSpecs } from "../step/noise.ts";
import { oneOrAll, readCall, scalarsOfModel } from "./call.ts";
import type { CallOptions, NdArrays } from "./call.ts";
import { drawNoise } from "./programs.ts";

interface OwnOptions {
  /** Draws of the posterior per example; default 64. */
  readonly samples?: number;
  /** One draw of each missing cell in the place of its mean (or most likely category). Default false. */
  readonly draw?: boolean;
  /** Seed of the draws; default 0. */
  readonly seed?: number;
}

/** Options of {@link impute}. */
export interface ImputeOptions extends CallOptions, OwnOptions {}

const imputeOptions = {
  samples: {
    rule: rules.integer({ min: 1 }),
    default: 64,
    doc: "draws of the posterior per example",
  },
  draw: { rule: rules.boolean(), default: false, doc: "draw cells instead of giving their means" },
  seed: { rule: rules.integer(), default: 0, doc: "seed of the draws" },
} satisfies OptionTable<OwnOptions>;

/**
 * Examples with the cells that are missing filled in: `E[x_missing | x_observed]`, by self-normalized importance sampling,
 *
 * `sum_k w_k E[x | z_k]` with `z_k ~ q(z | x_observed)` and `w_k ~ p(x_observed | z_k) p(z_k) / q(z_k | x_observed)`,
 *
 * or with `draw` one draw: a `z_k` by its weight, then x given it. Source: Mattei and Frellsen, "MIWAE" (2019), equations 7 to 9
 * (arXiv:1812.02633). Cells that are there stay as they are.
 *
 * @throws TypeError or RangeError when examples or condition do not fit, Error for latents without densities
 */
export async function impute(
  model: LatentVariableModel,
  x: ExamplesLike,
  options: ImputeOptions = {},
): Promise<NdArray | NdArrays> {
  const fn = "impute";
  const { own, told, compute } = readCall({ model, fn }, imputeOptions, options);
  const { samples, draw, seed } = own;
  const rows = await model.rows(fn, x, told);
  const noise: NoiseSpecs = {
    ...model.noise,
    ...(draw
      ? { [pick]: { kind: "gumbel", shape: [samples] }, ...drawNoise(model, { draw }) }
      : {}),
  };
  const columns = await runRows(model, {
    name: `impute ${samples}${draw ? " draw" : ""}`,
    program: () => imputeProgram(model, { samples, draw, noise }),
    compute,
    count: rows.count,
    sources: [{ rows, columns: model.columns }],
    noise,
    draws: samples,
    random: new Random(seed).fork("impute"),
    scalars: scalarsOfModel(model),
  });
  return oneOrAll(columns);
}

/** Noise by which one of the draws of the posterior is chosen. */
const pick = "impute/pick";

interface ImputeProgram {
  readonly samples: number;
  readonly draw: boolean;
  readonly noise: NoiseSpecs;
}

function imputeProgram(
  model: LatentVariableModel,
  { samples, draw, noise }: ImputeProgram,
): Program {
  const { example, operations } = model;
  return programOver(model, { draws: samples, noise }, (batch, context) => {
    const pass = operations.pass(batch, context);
    const logWeights = tf.transpose(
      tf.add(operations.logLikelihood(pass), operations.logRatio(pass)),
    ); // [B, K]
    const weights = draw
      ? tf.oneHot(tf.argMax(tf.add(logWeights, context.noise[pick]), 1), samples, 1, 0, "float32")
      : tf.softmax(logWeights);
    const decoded = parametersByColumn(example, pass.decoded);
    return Object.fromEntries(
      Object.entries(example).map(([name, likelihood]) => {
        const { dtype } = likelihood.column;
        const given = tf.cast(batch[name], "float32");
        const observed = likelihood.observed?.(batch[name]);
        if (observed === undefined) return [name, batch[name]];
        const cell = { decoded: decoded[name], weights, noise: context.noise[`draw/${name}`] };
        const filled = tf.cast(cellsOf(likelihood, cell), "float32");
        const joined = tf.add(tf.mul(given, observed), tf.mul(filled, tf.sub(1, observed)));
        return [name, tf.cast(joined, dtype)];
      }),
    );
  });
}

interface Cell {
  /** `[K, B, ...parameterShape]` */
  readonly decoded: tf.Tensor;
  /** `[B, K]` */
  readonly weights: tf.Tensor;
  /** Of a draw. */
  readonly noise: tf.Tensor | undefined;
}

/** Means (or most likely categories) over the weighted draws, or draws given the one that was chosen. */
function cellsOf(likelihood: Likelihood, { decoded, weights, noise }: Cell): tf.Tensor {
  if (noise !== undefined) {
    return likelihood.distribution(weighted(decoded, weights)).sample(noise);
  }
  const mean = weighted(likelihood.distribution(decoded).mean(), weights);
  return likelihood.column.dtype === "int32" ? tf.argMax(mean, -1) : mean;
}

/** `sum_k w_k values_k`: `[B, ...]` of `[K, B, ...]`. */
function weighted(values: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  const [rows, draws] = weights.shape;
  const byDraw = tf.reshape(tf.transpose(weights), [
    draws,
    rows,
    ...values.shape.slice(2).map(() => 1),
  ]);
  return tf.sum(tf.mul(values, byDraw), 0);
}
