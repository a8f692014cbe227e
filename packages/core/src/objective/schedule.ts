import { assertNumber, describeValue, readOptions } from "@elbo/common";
import type { Rule } from "@elbo/common";
import type { Schedule, ScheduleJson } from "../step/schedule.ts";

export type { Schedule, ScheduleJson } from "../step/schedule.ts";

/** What {@link createSchedule} takes. */
export interface ScheduleDefinition {
  /** Its value at a step, which counts optimizer updates from 0. */
  readonly value: (step: number) => number;
  /** All values lie between these two. */
  readonly lowest: number;
  readonly highest: number;
  /** What makes an equal schedule again: a registered kind and its options. */
  readonly json: ScheduleJson;
}

/**
 * A schedule of one's own; {@link registerSchedule} lets files know its kind.
 *
 * @throws TypeError or RangeError when the bounds are no finite numbers in order
 */
export function createSchedule({ value, lowest, highest, json }: ScheduleDefinition): Schedule {
  assertNumber({ fn: "createSchedule", name: "lowest" }, lowest);
  assertNumber({ fn: "createSchedule", name: "highest" }, highest, { min: lowest });
  return Object.assign((step: number) => value(step), {
    isConstant: typeof json === "number",
    lowest,
    highest,
    toJSON: () => json,
  });
}

/**
 * The same value at every step.
 *
 * @throws TypeError or RangeError when it is not a finite number
 */
export function constant(value: number): Schedule {
  assertNumber({ fn: "constant", name: "value" }, value);
  return createSchedule({ value: () => value, lowest: value, highest: value, json: value });
}

const isSchedule = (value: unknown): value is Schedule =>
  typeof value === "function" && typeof (value as Partial<Schedule>).toJSON === "function";

/** The rule of options that are a number or a schedule, in a range at every step; gives a schedule. */
export function scheduleRule(range: { readonly min?: number } = {}): Rule<Schedule> {
  const { min = -Infinity } = range;
  const bound = min === -Infinity ? "" : ` at least ${min} at every step`;
  const must = `a finite number or a schedule${bound}`;
  return {
    must,
    read({ fn, name }, value) {
      const text = (): string => `${fn}: ${name} must be ${must}, got ${describeValue(value)}`;
      const isNumber = typeof value === "number";
      if (!isNumber && !isSchedule(value)) throw new TypeError(text());
      if (isNumber && !Number.isFinite(value)) throw new RangeError(text());
      const schedule = isNumber ? constant(value) : value;
      if (schedule.lowest < min) {
        throw new RangeError(`${fn}: ${name} must be ${must}, got ${schedule.lowest}`);
      }
      return schedule;
    },
    fromText: (text) => (text.trim() === "" ? text : Number(text)),
  };
}

/**
 * A schedule from a number or a schedule.
 *
 * @throws TypeError for anything else; a plain function has no JSON form, so a checkpoint could not restore it
 */
export function resolveSchedule(value: number | Schedule): Schedule {
  if (typeof value === "function" && !isSchedule(value)) {
    throw new TypeError(
      `resolveSchedule: a schedule must be a number or made by constant, linear, cosine, cyclical, sequence, product, sum or createSchedule, got a function`,
    );
  }
  return readOptions("resolveSchedule", table, { schedule: value }).schedule;
}

const table = { schedule: { rule: scheduleRule() } };
