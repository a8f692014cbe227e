/** What bits-back coding needs of a model: q(z|x) of images and p(x|z) of latents, with the same bits on every machine. */
import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import type { DiscretizedLogistic } from "../distributions/discretizedLogistic.ts";
import type { Gaussian } from "../distributions/gaussian.ts";
import type { Likelihood } from "../likelihoods/likelihood.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { programOver, programsOf } from "../runner/program.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { scalarsOfModel } from "../operations/call.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";

/** Images that are coded together; a row's bits do not depend on the others. */
export const groupSize = 16;

/** Means and inverse scales, `[groupSize, ...]` in row-major order. */
export interface Spread {
  readonly mean: Float32Array;
  readonly inverseScale: Float32Array;
}

/** A model as the coder sees it. */
export interface LosslessModel {
  /** The name of what is coded. */
  readonly column: string;
  readonly levels: number;
  /** Values per image. */
  readonly pixels: number;
  /** L */
  readonly latents: number;
  readonly shape: readonly number[];
  /** Of grey levels `[groupSize, pixels]`, integers. */
  posterior(grey: Uint16Array): Promise<Spread>;
  /** Of latents `[groupSize, L]`. */
  likelihood(z: Float32Array): Promise<Spread>;
}

/**
 * Checks that a model is one whose images can be coded.
 *
 * @throws TypeError naming what it lacks
 */
export function losslessModel(
  fn: string,
  model: LatentVariableModel,
  compute: ComputeOptions,
): LosslessModel {
  const { level, column, levels } = assertCodable(fn, model);
  const { shape } = model.example[column].column;
  const { latent } = model.levels[level];
  const scalars = scalarsOfModel(model);
  const programs = programsOf(model);
  return {
    column,
    levels,
    shape,
    pixels: sizeOf(shape),
    latents: sizeOf(latent),
    async posterior(grey) {
      const x = Float32Array.from(grey, (value) => value / (levels - 1));
      const make = (): ReturnType<typeof posteriorProgram> => posteriorProgram(model, level);
      return spreadOf(
        await programs.get("lossless posterior", make, compute)({ ...scalars, [column]: x }),
      );
    },
    async likelihood(z) {
      const make = (): ReturnType<typeof likelihoodProgram> =>
        likelihoodProgram(model, { level, column });
      return spreadOf(await programs.get("lossless likelihood", make, compute)({ ...scalars, z }));
    },
  };
}

const spreadOf = (outputs: Readonly<Record<string, NdArray>>): Spread => ({
  mean: outputs["mean"].data as Float32Array,
  inverseScale: outputs["inverseScale"].data as Float32Array,
});

const inverse = (logScale: tf.Tensor): tf.Tensor => tf.exp(tf.neg(logScale));

function posteriorProgram(
  model: LatentVariableModel,
  level: string,
): ReturnType<typeof programOver> {
  return programOver(model, { noise: {} }, (batch, given) => {
    const inferred = model.operations.inferLevels(batch, { ...given, useMode: true });
    const { parameters } = inferred[level].posterior as Gaussian;
    return { mean: parameters.mean, inverseScale: inverse(tf.mul(parameters.logVar, 0.5)) };
  });
}

function likelihoodProgram(
  model: LatentVariableModel,
  { level, column }: { readonly level: string; readonly column: string },
): ReturnType<typeof programOver> {
  const columns = { z: { shape: model.levels[level].latent, dtype: "float32" as const } };
  return programOver(model, { columns, noise: {} }, ({ z }, context) => {
    const decoded = model.operations.generate({ [level]: z }, context);
    const { parameters } = model.example[column].distribution(decoded) as DiscretizedLogistic;
    return { mean: parameters.mean, inverseScale: inverse(parameters.logScale) };
  });
}

interface Codable {
  readonly level: string;
  readonly column: string;
  readonly levels: number;
}

function assertCodable(fn: string, model: LatentVariableModel): Codable {
  const refuse = (rule: string, got: string): never => {
    throw new TypeError(`${fn}: model must ${rule}, got ${got}`);
  };
  assertUsable(fn, model);
  const levels = Object.keys(model.levels);
  if (levels.length !== 1) refuse("have one level of latents", levels.join(", "));
  const { kind, options, priorIsLearned = false } = model.levels[levels[0]];
  if (kind !== "gaussian" || options?.["prior"] !== "gaussian" || priorIsLearned) {
    refuse("have Gaussian latents and a standard normal prior", `latents of the kind ${kind}`);
  }
  if (model.condition !== undefined) refuse("be told nothing", "one with a condition");
  const columns = Object.keys(model.example);
  if (columns.length !== 1) refuse("explain one column", columns.join(", "));
  const likelihood: Likelihood = model.example[columns[0]];
  if (likelihood.kind !== "discretized-logistic") {
    refuse(
      'have the likelihood { kind: "discretized-logistic" }, under which grey levels have probabilities',
      `the likelihood ${likelihood.kind}`,
    );
  }
  return { level: levels[0], column: columns[0], levels: Number(likelihood.options?.["levels"]) };
}
