import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer } from "../../src/optimizers/optimizer.ts";

/** A gradient that depends on values and step, with sizes from 1e-4 to 1e2. */
export const testGradient = (p: readonly number[], step: number): number[] =>
  p.map((x, i) => 10 ** (i - 3) * (x + Math.sin(step + i) + 0.3));

export const scalarTensors = (scalars: Record<string, number>): Record<string, tf.Scalar> =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]));

/** Runs an optimizer eagerly on one vector from a start. */
export function runOptimizer(
  optimizer: Optimizer,
  start: readonly number[],
  steps: number,
  gradientOf = testGradient,
): { variables: Float32Array; slots: Float32Array[] } {
  const variable = tf.variable(tf.tensor1d([...start]));
  const slots = optimizer.slots([variable]);
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      optimizer.update({
        variables: [variable],
        gradients: [tf.tensor1d(gradientOf([...variable.dataSync()], step))],
        slots,
        scalars: scalarTensors(optimizer.scalars(step)),
      });
    });
  }
  const result = {
    variables: variable.dataSync<"float32">(),
    slots: slots.map((slot) => slot.dataSync<"float32">()),
  };
  tf.dispose([variable, slots]);
  return result;
}
