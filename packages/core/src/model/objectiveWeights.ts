import { assertNumber } from "../arguments.ts";
import { resolveSchedule } from "../objective/schedule.ts";
import type { Schedule } from "../objective/schedule.ts";

/**
 * Weights of named terms as schedules.
 *
 * @throws RangeError for a weight that is negative or not finite at step 0
 */
export function objectiveWeights(
  weights: Readonly<Record<string, number | Schedule>>,
): Record<string, Schedule> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, weight]) => {
      const argument = { fn: "createModel", name: `weight of ${name}` };
      if (typeof weight !== "function") assertNumber(argument, weight, { min: 0 });
      const schedule = resolveSchedule(weight);
      assertNumber(argument, schedule(0), { min: 0 });
      return [name, schedule];
    }),
  );
}
