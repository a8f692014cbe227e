import { assertInteger, describeValue } from "@elbo/common";
import type { Schedule } from "../step/schedule.ts";
import { createSchedule, resolveSchedule } from "./schedule.ts";

/** One part of {@link sequence}. */
export interface SequencePart {
  readonly schedule: number | Schedule;
  /** Length in steps; the last part has none and never ends. */
  readonly steps?: number;
}

/**
 * Schedules one after the other, each on a clock of its own that starts at 0 with its part; the last one never ends.
 *
 * @throws TypeError or RangeError when there is no part, a part but the last has no `steps`, or the last has
 */
export function sequence(parts: readonly SequencePart[]): Schedule {
  const fn = "sequence";
  if (!Array.isArray(parts) || parts.length === 0) {
    throw new TypeError(
      `${fn}: parts must be a list of at least one part, got ${describeValue(parts)}`,
    );
  }
  const last = parts.length - 1;
  let end = 0;
  const resolved = parts.map(({ schedule, steps }: SequencePart, i) => {
    if (i < last) assertInteger({ fn, name: `steps of part ${i}` }, steps, { min: 1 });
    else if (steps !== undefined) {
      throw new RangeError(`${fn}: the last part must have no steps, got ${describeValue(steps)}`);
    }
    const start = end;
    end += steps ?? Infinity;
    return { schedule: resolveSchedule(schedule), start, end };
  });
  return createSchedule({
    value(step) {
      const part = resolved.find((candidate) => step < candidate.end) ?? resolved[last];
      return part.schedule(step - part.start);
    },
    lowest: Math.min(...resolved.map(({ schedule }) => schedule.lowest)),
    highest: Math.max(...resolved.map(({ schedule }) => schedule.highest)),
    json: {
      kind: "sequence",
      parts: resolved.map(({ schedule, start, end: stop }, i) => ({
        schedule: schedule.toJSON(),
        steps: i < last ? stop - start : null,
      })),
    },
  });
}

/**
 * The product of schedules, such as a warm-up from 0 to 1 times a decay.
 *
 * @throws TypeError when there is none
 */
export function product(factors: readonly (number | Schedule)[]): Schedule {
  return combine("product", factors, (a, b) => a * b);
}

/**
 * The sum of schedules.
 *
 * @throws TypeError when there is none
 */
export function sum(factors: readonly (number | Schedule)[]): Schedule {
  return combine("sum", factors, (a, b) => a + b);
}

function combine(
  kind: "product" | "sum",
  factors: readonly (number | Schedule)[],
  join: (a: number, b: number) => number,
): Schedule {
  if (!Array.isArray(factors) || factors.length === 0) {
    throw new TypeError(
      `${kind}: factors must be a list of at least one schedule, got ${describeValue(factors)}`,
    );
  }
  const schedules = factors.map((factor: number | Schedule) => resolveSchedule(factor));
  const [lowest, highest] = schedules
    .map((schedule): readonly [number, number] => [schedule.lowest, schedule.highest])
    .reduce(([a, b], [c, d]) => {
      const corners = [join(a, c), join(a, d), join(b, c), join(b, d)];
      return [Math.min(...corners), Math.max(...corners)];
    });
  return createSchedule({
    value: (step) => schedules.map((schedule) => schedule(step)).reduce(join),
    lowest,
    highest,
    json: { kind, factors: schedules.map((schedule) => schedule.toJSON()) },
  });
}
