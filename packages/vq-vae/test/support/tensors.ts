import { fillNoiseInto, Random, type Quantizer, type StepContext } from "@elbo/core";
import * as tf from "@tensorflow/tfjs-core";
import { createQuantizer, type QuantizerChoice } from "../../src/index.ts";

export const make = (choice: QuantizerChoice, seed = 1): Quantizer =>
  createQuantizer(choice, { seed });

interface ContextOptions {
  readonly training?: boolean;
  readonly draws?: number;
  readonly seed?: number;
  readonly scalars?: Readonly<Record<string, number>>;
}

/** A context with all the noise that a quantizer of vectors `[B, T, D]` asks for. */
export function contextFor(
  quantizer: Quantizer,
  { shape: [B, T] }: { readonly shape: readonly number[] },
  options: ContextOptions = {},
): StepContext {
  const { training = true, draws = 1, seed = 1, scalars = {} } = options;
  const noise: Record<string, tf.Tensor> = {};
  const all = [
    ...Object.entries(quantizer.noise ?? {}).map(([name, spec]) => [name, spec, [B]] as const),
    ...Object.entries(quantizer.vectorNoise ?? {}).map(
      ([name, spec]) => [name, spec, [B, T]] as const,
    ),
  ];
  for (const [name, spec, leading] of all) {
    if (spec.kind === "permutation") throw new Error("no quantizer permutes");
    const shape = [...(spec.draws === true ? [draws] : []), ...leading, ...spec.shape];
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    fillNoiseInto(values, spec.kind, new Random(seed).fork(name));
    noise[name] = tf.tensor(values, shape);
  }
  const schedules = Object.entries(quantizer.schedules ?? {}).map(([name, schedule]) => [
    name,
    tf.scalar(scalars[name] ?? (typeof schedule === "number" ? schedule : schedule(0))),
  ]);
  return {
    training,
    batchSize: B,
    draws,
    dataSize: 100,
    noise,
    scalars: Object.fromEntries(schedules) as StepContext["scalars"],
  };
}
