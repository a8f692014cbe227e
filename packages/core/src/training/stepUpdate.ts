import * as tf from "@tensorflow/tfjs-core";
import { clipByGlobalNorm } from "../optimizers/clipByGlobalNorm.ts";
import { updatedAverage } from "../optimizers/weightAverage.ts";
import type { Tensors } from "../runner/program.ts";
import type { StepPhase } from "./phases.ts";
import { averageFeed, optimizerFeed } from "./stepScalars.ts";
import { slotName } from "./stepVariables.ts";
import type { StepParts } from "./stepVariables.ts";

/** Gradients by the names of variables. */
export type Gradients = ReadonlyMap<string, tf.Tensor>;

/** Gives the variables of a phase and their slots their new values. */
export function updatePhase(
  { slots, clipNorm }: StepParts,
  { name: phase, variables, optimizer }: StepPhase,
  { gradients, feeds }: { readonly gradients: Gradients; readonly feeds: Tensors },
): void {
  if (variables.size === 0) return;
  const scalars = Object.fromEntries(
    Object.keys(optimizer.scalars?.(0, 0) ?? {}).map((name) => [
      name,
      feeds[optimizerFeed(phase, name)],
    ]),
  );
  const clipped = clipNorm === undefined ? gradients : clippedTo(clipNorm, gradients);
  for (const [name, variable] of variables) {
    const own = optimizer.slots.map((slot) => [slot, slots[slotName(phase, name, slot)]] as const);
    const gradient = clipped.get(name) as tf.Tensor;
    const updated = optimizer.update({
      variable,
      gradient,
      slots: Object.fromEntries(own),
      scalars,
    });
    for (const [key, target] of [["variable", variable] as const, ...own]) {
      assignUpdated(target, updated[key], { key, kind: optimizer.kind });
    }
  }
}

function assignUpdated(
  target: tf.Variable,
  value: tf.Tensor | undefined,
  { key, kind }: { readonly key: string; readonly kind: string },
): void {
  if (value === undefined || !tf.util.arraysEqual(value.shape, target.shape)) {
    const got = value === undefined ? "none" : `one of the shape [${value.shape.join(", ")}]`;
    throw new RangeError(
      `train: update of the optimizer ${kind} must return a new ${key} of the shape [${target.shape.join(", ")}], got ${got}`,
    );
  }
  if (value !== target) target.assign(value);
}

function clippedTo(norm: number, gradients: Gradients): Gradients {
  const clipped = clipByGlobalNorm([...gradients.values()], norm);
  return new Map([...gradients.keys()].map((name, i) => [name, clipped.gradients[i]]));
}

/** Moves the averages towards the variables, after their updates. */
export function updateAverages({ phases, average }: StepParts, feeds: Tensors): void {
  if (average === undefined) return;
  const rate = feeds[averageFeed];
  for (const { variables } of phases) {
    for (const [name, variable] of variables) {
      const kept = average.variables[name];
      kept.assign(updatedAverage(kept, { variable, rate }));
    }
  }
}
