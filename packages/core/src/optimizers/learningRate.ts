import { resolveSchedule } from "../objective/schedule.ts";
import type { Schedule } from "../objective/schedule.ts";

/**
 * The schedule of a learning rate.
 *
 * @throws RangeError when it is negative at some step, TypeError when it is neither a number nor a schedule
 */
export function learningRateSchedule(fn: string, learningRate: number | Schedule): Schedule {
  const schedule = resolveSchedule(learningRate);
  if (schedule.lowest < 0) {
    throw new RangeError(
      `${fn}: learningRate must be at least 0 at every step, got ${schedule.lowest}`,
    );
  }
  return schedule;
}
