import { describeValue } from "../arguments.ts";
import type { ArgumentName } from "../arguments.ts";
import { resolveSchedule } from "../objective/schedule.ts";
import type { Schedule } from "../objective/schedule.ts";
import type { Rule } from "../options.ts";

/** The rule of a learning rate: a finite number or a schedule, at least 0 at every step. */
export const learningRateRule: Rule<number | Schedule> = {
  must: "a finite number or a schedule, at least 0",
  read: ({ fn, name }, value) => readLearningRate({ fn, name }, value),
  fromText: (text) => (text.trim() === "" ? text : Number(text)),
};

function readLearningRate({ fn, name }: ArgumentName, value: unknown): Schedule {
  let schedule: Schedule;
  try {
    schedule = resolveSchedule(value as number | Schedule);
  } catch (cause) {
    throw new TypeError(
      `${fn}: ${name} must be a finite number or a schedule, got ${describeValue(value)}`,
      { cause },
    );
  }
  if (schedule.lowest < 0) {
    throw new RangeError(
      `${fn}: ${name} must be at least 0 at every step, got ${schedule.lowest}`,
    );
  }
  return schedule;
}
