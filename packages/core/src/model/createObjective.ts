import { assertNumber } from "../arguments.ts";
import { Objective } from "../objective/objective.ts";
import type { Weights } from "../objective/objective.ts";
import { resolveSchedule } from "../objective/schedule.ts";

/**
 * The objective of a model; unlike an {@link Objective} in general it has no negative weights.
 *
 * @throws TypeError or RangeError for a weight that is negative or not finite at some step
 */
export function createObjective(weights: Weights): Objective {
  for (const [name, weight] of Object.entries(weights)) {
    const argument = { fn: "createModel", name: `weight of ${name}` };
    if (typeof weight !== "function") assertNumber(argument, weight, { min: 0 });
    assertNumber(argument, resolveSchedule(weight).lowest, { min: 0 });
  }
  return new Objective(weights);
}
