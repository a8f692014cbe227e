import { averageRate } from "../optimizers/weightAverage.ts";
import type { StepParts } from "./stepVariables.ts";

/** The feed of the examples' weights. */
export const exampleWeights = "example_weights";
/** The feed of the rate of weight averages. */
export const averageFeed = "average_rate";
/** The feed of a term's weight. */
export const weightFeed = (phase: string, term: string): string => `weight_${phase}_${term}`;
/** The feed of a number that an optimizer asks for. */
export const optimizerFeed = (phase: string, name: string): string => `optimizer_${phase}_${name}`;

/**
 * The numbers that the updates of a step are fed: weights of terms, learning rates, corrections, the rate of averages.
 *
 * @param step updates of the trainable before it
 */
export function stepScalars(
  { phases, average, since }: Pick<StepParts, "phases" | "average" | "since">,
  step: number,
): Record<string, number> {
  const scalars: Record<string, number> = {};
  for (const { name, weights, optimizer } of phases) {
    for (const [term, weight] of weights) {
      if (!weight.isConstant) scalars[weightFeed(name, term)] = weight(step);
    }
    const updates = step - (since.phases[name] ?? 0);
    for (const [key, value] of Object.entries(optimizer.scalars?.(step, updates) ?? {})) {
      scalars[optimizerFeed(name, key)] = value;
    }
  }
  if (average !== undefined) {
    scalars[averageFeed] = averageRate(average.decay, step - since.average);
  }
  return scalars;
}
