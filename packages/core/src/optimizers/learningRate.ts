import { describeValue } from "../arguments.ts";
import { resolveSchedule } from "../objective/schedule.ts";
import type { Schedule } from "../objective/schedule.ts";

/**
 * The schedule of a learning rate.
 *
 * @throws TypeError when it is neither a finite number nor a schedule, RangeError when it is negative at some step
 */
export function learningRateSchedule(fn: string, learningRate: number | Schedule): Schedule {
  let schedule: Schedule;
  try {
    schedule = resolveSchedule(learningRate);
  } catch (cause) {
    throw new TypeError(
      `${fn}: learningRate must be a finite number or a schedule, got ${describeValue(learningRate)}`,
      { cause },
    );
  }
  if (schedule.lowest < 0) {
    throw new RangeError(
      `${fn}: learningRate must be at least 0 at every step, got ${schedule.lowest}`,
    );
  }
  return schedule;
}
