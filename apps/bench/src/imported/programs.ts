import * as tf from "@tensorflow/tfjs-core";
import { importanceWeightedBound, sumPerExample } from "@elbo/core";
import { jit } from "@elbo/jit";
import type { Latents, Likelihood, StepContext } from "@elbo/core";
import type { CompiledFunction, EngineName } from "@elbo/jit";

/** What the compiled parts of an imported model are made of. */
export interface ProgramParts {
  readonly latents: Latents<unknown>;
  readonly likelihood: Likelihood;
  readonly engine: "auto" | EngineName;
  readonly threads: number | "auto";
}

/** What is compiled of a number of draws K. */
export interface Programs {
  /** `features` `[B, F]` and `noise` `[B, K, L]` to latents `z` `[B, K, L]`. */
  readonly draw: CompiledFunction;
  /**
   * `features`, `z`, `x` `[B, ...]` and what the decoder gave, `decoded` `[B, K, ...]`, to `distortion` and, with a prior, `rate` and
   * the importance-weighted `bound`, `[B]`.
   */
  readonly score: CompiledFunction;
}

/** The places between the networks of a pair: latents from features, and what an example costs. */
export function programsOf(parts: ProgramParts, draws: number): Programs {
  const { latents, likelihood, engine, threads } = parts;
  const { features } = latents;
  const { shape } = likelihood.column;
  const perDraw = [null, draws, ...latents.latent];
  const drawsFirst = (given: tf.Tensor): tf.Tensor =>
    tf.transpose(given, [1, 0, ...given.shape.map((_, axis) => axis).slice(2)]);
  const context = (batchSize: number, noise: StepContext["noise"] = {}): StepContext => ({
    training: false,
    batchSize,
    draws,
    dataSize: 1,
    noise,
    scalars: {},
  });
  return {
    draw: jit(
      ({ features: given, noise }) => {
        const own = context(given.shape[0], { posterior: drawsFirst(noise) });
        const z = latents.draw(latents.posterior(given, own), own);
        return { z: drawsFirst(z) };
      },
      {
        feeds: { features: { shape: [null, ...features] }, noise: { shape: perDraw } },
        engine,
        threads,
      },
    ),
    score: jit(
      ({ features: given, z: drawn, x, decoded }) => {
        const own = context(given.shape[0]);
        const posterior = latents.posterior(given, own);
        const z = drawsFirst(drawn);
        const logLikelihood = sumPerExample(
          likelihood.distribution(drawsFirst(decoded)).logProb(x),
          2,
        ); // [K, B]
        const { rate } = latents.terms(posterior, z, own) as { rate?: tf.Tensor };
        const logRatio = latents.logRatio?.(posterior, z, own);
        return {
          distortion: tf.neg(tf.mean(logLikelihood, 0)),
          ...(rate && { rate }),
          ...(logRatio && { bound: importanceWeightedBound(tf.add(logLikelihood, logRatio)) }),
        };
      },
      {
        feeds: {
          features: { shape: [null, ...features] },
          z: { shape: perDraw },
          x: { shape: [null, ...shape] },
          decoded: { shape: [null, draws, ...shape] },
        },
        engine,
        threads,
      },
    ),
  };
}
