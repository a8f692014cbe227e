import type * as tf from "@tensorflow/tfjs-core";
import { jit } from "@elbo/jit";
import type { CompiledFunction, FeedSpec } from "@elbo/jit";
import type { Columns, ColumnSpecs } from "../step/columns.ts";
import type { ComputeOptions } from "../step/compute.ts";
import type { StepContext } from "../step/context.ts";
import type { NoiseSpecs } from "../step/noise.ts";
import type { Trainable } from "../step/trainable.ts";
import { noiseFeeds, noiseOf, scalarFeeds, scalarsOf } from "./feeds.ts";

/** Tensors of a batch by the names of their feeds or outputs. */
export type Tensors = Readonly<Record<string, tf.Tensor>>;

/** A function of feeds that is compiled once per way of computing. */
export interface Program {
  readonly feeds: Readonly<Record<string, FeedSpec>>;
  /** Variables that it reads or assigns. */
  readonly state: readonly tf.Variable[];
  run(feeds: Tensors): Record<string, tf.Tensor>;
}

/** The parts of a trainable that programs are made of. */
export type Computable = Pick<
  Trainable,
  "columns" | "variables" | "state" | "noise" | "schedules" | "dataSize"
>;

/** All variables of a trainable, those trained by gradient first. */
export const stateOf = ({ variables, state }: Computable): tf.Variable[] => [
  ...Object.values(variables),
  ...Object.values(state ?? {}),
];

/** Feeds of columns, `[B, ...shape]` each. */
export const columnFeeds = (columns: ColumnSpecs): Record<string, FeedSpec> =>
  Object.fromEntries(
    Object.entries(columns).map(([name, { shape, dtype }]) => [
      name,
      { shape: [null, ...shape], dtype },
    ]),
  );

/** What {@link programOver} takes from the feeds besides the trainable's scalars. */
export interface ProgramOptions {
  /** Default: the trainable's. */
  readonly columns?: ColumnSpecs;
  /** Default: the trainable's. */
  readonly noise?: NoiseSpecs;
  /** Draws of the noise that is fed per draw, default 1. */
  readonly draws?: number;
  /** Default false. */
  readonly training?: boolean;
  /** Further feeds. */
  readonly feeds?: Readonly<Record<string, FeedSpec>>;
}

/** A program whose batch and context are taken from the feeds. */
export function programOver(
  trainable: Computable,
  options: ProgramOptions,
  run: (batch: Columns, context: StepContext, feeds: Tensors) => Record<string, tf.Tensor>,
): Program {
  const { columns = trainable.columns, noise = trainable.noise ?? {}, draws = 1 } = options;
  const schedules = trainable.schedules ?? {};
  const specs: Record<string, FeedSpec> = {
    ...columnFeeds(columns),
    ...noiseFeeds(noise, draws),
    ...scalarFeeds(schedules),
    ...options.feeds,
  };
  const [ofBatch] = Object.entries(specs).find(([, { shape }]) => shape[0] === null) ?? [];
  return {
    feeds: specs,
    state: stateOf(trainable),
    run(feeds) {
      const batch = Object.fromEntries(Object.keys(columns).map((name) => [name, feeds[name]]));
      const context: StepContext = {
        training: options.training ?? false,
        batchSize: ofBatch === undefined ? 1 : feeds[ofBatch].shape[0],
        draws,
        dataSize: trainable.dataSize ?? 1,
        noise: noiseOf(feeds, noise, draws),
        scalars: scalarsOf(feeds, schedules),
      };
      return run(batch, context, feeds);
    },
  };
}

/** The compiled functions of one trainable, made when they are first asked for. */
export class ProgramCache {
  private readonly compiled = new Map<string, CompiledFunction>();
  /** Functions that move the variables and hold them while they do, and those of their variables that others see. */
  private readonly steppers = new Map<CompiledFunction, readonly tf.Variable[]>();

  /** The compiled function of this name and way of computing. */
  get(name: string, make: () => Program, compute: ComputeOptions): CompiledFunction {
    const { engine = "auto", device = "cpu", threads = "auto" } = compute;
    const key = `${name}|${engine}|${device}|${threads}`;
    let compiled = this.compiled.get(key);
    if (compiled === undefined) {
      compiled = compile(make(), compute);
      this.compiled.set(key, compiled);
    }
    return compiled;
  }

  /**
   * Says that a function moves variables, until {@link detach}.
   *
   * @param seen those that others read and change; what only the function itself keeps (moments of an optimizer, averages) stays with it
   */
  attach(stepper: CompiledFunction, seen: readonly tf.Variable[]): void {
    this.steppers.set(stepper, seen);
  }

  /** Ends {@link attach}. */
  detach(stepper: CompiledFunction): void {
    this.steppers.delete(stepper);
  }

  /** Brings the `tf.Variable`s up to date with what ran. */
  async pull(): Promise<void> {
    for (const [stepper, seen] of this.steppers) await stepper.pull(seen);
  }

  /** Tells the compiled functions that `tf.Variable`s were changed by hand. */
  async push(): Promise<void> {
    for (const compiled of this.compiled.values()) {
      if (compiled.report !== undefined) await compiled.push();
    }
    for (const [stepper, seen] of this.steppers) {
      if (stepper.report !== undefined) await stepper.push(seen);
    }
  }

  /** Frees all compiled functions. */
  dispose(): void {
    for (const compiled of this.compiled.values()) compiled.dispose();
    this.compiled.clear();
  }
}

/** Compiles a program; the caller disposes of it. */
export function compile(
  program: Program,
  options: ComputeOptions & { readonly onMessage?: (message: string) => void } = {},
): CompiledFunction {
  const { engine, device, threads, onMessage } = options;
  return jit((feeds) => program.run(feeds), {
    feeds: program.feeds,
    state: program.state,
    ...(engine === undefined ? {} : { engine }),
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(onMessage === undefined ? {} : { onMessage }),
  });
}

const caches = new WeakMap<object, ProgramCache>();

/** The compiled functions of a trainable; they live as long as it does. */
export function programsOf(trainable: object): ProgramCache {
  let cache = caches.get(trainable);
  if (cache === undefined) {
    cache = new ProgramCache();
    caches.set(trainable, cache);
  }
  return cache;
}
