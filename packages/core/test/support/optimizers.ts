import * as tf from "@tensorflow/tfjs-core";
import type { Optimizer } from "../../src/step/optimizer.ts";

/** A gradient that depends on values and step, with sizes from 1e-4 to 1e2. */
export const testGradient = (p: readonly number[], step: number): number[] =>
  p.map((x, i) => 10 ** (i - 3) * (x + Math.sin(step + i) + 0.3));

export const scalarTensors = (
  scalars: Readonly<Record<string, number>> = {},
): Record<string, tf.Scalar> =>
  Object.fromEntries(Object.entries(scalars).map(([name, value]) => [name, tf.scalar(value)]));

/** What {@link runOptimizer} ends with. */
export interface OptimizerRun {
  readonly variable: Float32Array;
  readonly slots: Readonly<Record<string, Float32Array>>;
}

/** Runs an optimizer eagerly on one vector from a start. */
export function runOptimizer(
  optimizer: Optimizer,
  start: readonly number[],
  steps: number,
  gradientOf = testGradient,
): OptimizerRun {
  let variable = Float32Array.from(start);
  let slots = Object.fromEntries(
    optimizer.slots.map((slot) => [
      slot,
      new Float32Array(start.length).fill(optimizer.initial?.[slot] ?? 0),
    ]),
  );
  for (let step = 0; step < steps; step++) {
    tf.tidy(() => {
      const updated = optimizer.update({
        variable: tf.tensor1d(variable),
        gradient: tf.tensor1d(gradientOf([...variable], step)),
        slots: Object.fromEntries(Object.entries(slots).map(([name, v]) => [name, tf.tensor1d(v)])),
        scalars: scalarTensors(optimizer.scalars?.(step, step)),
      });
      slots = Object.fromEntries(
        optimizer.slots.map((slot) => [slot, updated[slot].dataSync<"float32">().slice()]),
      );
      variable = updated.variable.dataSync<"float32">().slice();
    });
  }
  return { variable, slots };
}
