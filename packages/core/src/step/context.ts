import type * as tf from "@tensorflow/tfjs-core";

/** What everything that is traced in a step may look at besides its own tensors. */
export interface StepContext {
  /** True inside a training step only. */
  readonly training: boolean;
  /** B, a constant of the program. */
  readonly batchSize: number;
  /** Latents drawn per example, K; 1 unless the objective or an evaluation asks for more. */
  readonly draws: number;
  /** Latents are the posteriors' modes in the place of draws: encoding, reconstruction. */
  readonly useMode?: boolean;
  /** Number of examples of the set trained on, N; saved with the model, so that evaluation uses the same. */
  readonly dataSize: number;
  /** The noise that the part asked for, by its own names. */
  readonly noise: Readonly<Record<string, tf.Tensor>>;
  /** The part's schedules at the present step, by its own names. */
  readonly scalars: Readonly<Record<string, tf.Scalar>>;
  /** The condition as vectors `[B, E]`, for models that have one. */
  readonly condition?: tf.Tensor;
}

/** The context of a part: noise and scalars under `prefix/`, by the part's own names. */
export function scopeContext(context: StepContext, prefix: string): StepContext {
  return {
    ...context,
    noise: under(prefix, context.noise),
    scalars: under(prefix, context.scalars),
  };
}

function under<T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> {
  const start = `${prefix}/`;
  return Object.fromEntries(
    Object.entries(record)
      .filter(([name]) => name.startsWith(start))
      .map(([name, value]) => [name.slice(start.length), value]),
  );
}
