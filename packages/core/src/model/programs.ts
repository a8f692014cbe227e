import type * as tf from "@tensorflow/tfjs-core";
import { jit } from "@elbo/jit";
import type { CompiledFunction, FeedSpec } from "@elbo/jit";
import type { NoiseSpec } from "../random/noise.ts";
import type { ComputeOptions } from "./definition.ts";
import { decodeDistribution, encodeFeatures } from "./forward.ts";
import type { LatentModel } from "./latentModel.ts";
import type { Context } from "./latentScheme.ts";

/** A function of feeds that is compiled once per way of computing. */
export interface Program {
  readonly feeds: Readonly<Record<string, FeedSpec>>;
  /** Variables that it reads or assigns. */
  readonly state: readonly tf.Variable[];
  run(feeds: Record<string, tf.Tensor>): Record<string, tf.Tensor>;
}

/** Name of the feed that carries a noise. */
export const noiseFeed = (name: string): string => `noise_${name}`;
/** Name of the feed that carries a scheme's scheduled scalar. */
export const scalarFeed = (name: string): string => `scalar_${name}`;

/** Feeds of noise, `[B, ...repeat, ...shape]`. */
export function noiseFeeds(
  noise: Readonly<Record<string, NoiseSpec>>,
  repeat: readonly number[] = [],
): Record<string, FeedSpec> {
  return Object.fromEntries(
    Object.entries(noise).map(([name, { shape }]) => [
      noiseFeed(name),
      { shape: [null, ...repeat, ...shape] },
    ]),
  );
}

/** The noise among the feeds, by the scheme's own names. */
export function noiseOf(
  feeds: Readonly<Record<string, tf.Tensor>>,
  noise: Readonly<Record<string, NoiseSpec>>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(Object.keys(noise).map((name) => [name, feeds[noiseFeed(name)]]));
}

/** Feeds that make a {@link Context}: labels and scheduled scalars. */
export function contextFeeds(model: LatentModel): Record<string, FeedSpec> {
  const scalars = Object.keys(model.scheme.schedules ?? {}).map((name) => [
    scalarFeed(name),
    { shape: [] },
  ]);
  return {
    ...(model.condition === undefined ? {} : { y: { shape: [null], dtype: "int32" as const } }),
    ...(Object.fromEntries(scalars) as Record<string, FeedSpec>),
  };
}

/** The context among the feeds. */
export function contextOf(
  model: LatentModel,
  feeds: Readonly<Record<string, tf.Tensor>>,
  training: boolean,
): Context {
  const names = Object.keys(model.scheme.schedules ?? {});
  const scalars = Object.fromEntries(
    names.map((name) => [name, feeds[scalarFeed(name)] as tf.Scalar]),
  );
  const { condition } = model;
  if (condition === undefined) return { training, scalars };
  return { training, scalars, condition: condition.vector(feeds["y"]) };
}

/** `x -> code, latents`: the encoder and the posterior's mode. */
export function encodeProgram(model: LatentModel): Program {
  return {
    feeds: { x: { shape: [null, ...model.image] }, ...contextFeeds(model) },
    state: model.allVariables,
    run(feeds) {
      const context = contextOf(model, feeds, false);
      const features = encodeFeatures(model, feeds["x"], context);
      const posterior = model.scheme.posterior(features, context);
      return {
        code: model.scheme.code(posterior),
        latents: model.scheme.mode(posterior),
        features,
      };
    },
  };
}

/** `code -> image`: the likelihood's mean, `[B, h, w, c]`. */
export function decodeProgram(model: LatentModel): Program {
  const { codeShape, codeType } = model.scheme;
  return {
    feeds: { code: { shape: [null, ...codeShape], dtype: codeType }, ...contextFeeds(model) },
    state: model.allVariables,
    run(feeds) {
      const context = contextOf(model, feeds, false);
      const z = model.scheme.fromCode(feeds["code"]);
      return { image: decodeDistribution(model, z, context).mean() };
    },
  };
}

/** `latents -> image`: the likelihood's mean, `[B, h, w, c]`. */
export function renderProgram(model: LatentModel): Program {
  return {
    feeds: { z: { shape: [null, ...model.scheme.latentShape] }, ...contextFeeds(model) },
    state: model.allVariables,
    run(feeds) {
      const context = contextOf(model, feeds, false);
      return { image: decodeDistribution(model, feeds["z"], context).mean() };
    },
  };
}

/** `noise -> latents, image`: the prior and the decoder. */
export function sampleProgram(model: LatentModel): Program {
  const prior = model.scheme.prior;
  if (prior === undefined) throw new Error("internal: a model without a prior was sampled");
  return {
    feeds: { ...noiseFeeds(prior.noise), ...contextFeeds(model) },
    state: model.allVariables,
    run(feeds) {
      const context = contextOf(model, feeds, false);
      const latents = prior.sample(noiseOf(feeds, prior.noise), context);
      return { latents, image: decodeDistribution(model, latents, context).mean() };
    },
  };
}

/** The compiled functions of one model, made when they are first asked for. */
export class ProgramCache {
  private readonly compiled = new Map<string, CompiledFunction>();
  /** Functions that move the model's state and hold it while they do. */
  private readonly steppers = new Set<CompiledFunction>();

  /** The compiled function of this name and way of computing. */
  get(name: string, make: () => Program, compute: ComputeOptions): CompiledFunction {
    const { engine = "auto", device = "cpu", threads = "auto" } = compute;
    const key = `${name}|${engine}|${device}|${threads}`;
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      const program = make();
      compiled = jit((feeds) => program.run(feeds), {
        feeds: program.feeds,
        state: program.state,
        engine,
        device,
        threads,
      });
      this.compiled.set(key, compiled);
    }
    return compiled;
  }

  /** Says that a function moves the state, until {@link detach}. */
  attach(stepper: CompiledFunction): void {
    this.steppers.add(stepper);
  }

  /** Ends {@link attach}. */
  detach(stepper: CompiledFunction): void {
    this.steppers.delete(stepper);
  }

  /** Brings the `tf.Variable`s up to date with what ran. */
  async pull(): Promise<void> {
    for (const stepper of this.steppers) await stepper.pull();
  }

  /** Tells the compiled functions that `tf.Variable`s were changed by hand. */
  async push(): Promise<void> {
    for (const compiled of [...this.compiled.values(), ...this.steppers]) {
      if (compiled.report !== undefined) await compiled.push();
    }
  }

  /** Frees all compiled functions. */
  dispose(): void {
    for (const compiled of this.compiled.values()) compiled.dispose();
    this.compiled.clear();
  }
}
