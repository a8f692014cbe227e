import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import type { Schedule } from "../step/schedule.ts";
import { createSchedule } from "./schedule.ts";

/** Options of {@link linear} and {@link cosine}. */
export interface RampOptions {
  readonly from: number;
  readonly to: number;
  /** Length of the ramp in steps. */
  readonly steps: number;
  /** First step of the ramp; `from` holds before it. */
  readonly start?: number;
}

const rampTable = {
  from: { rule: rules.number(), doc: "value before the ramp" },
  to: { rule: rules.number(), doc: "value after it" },
  steps: { rule: rules.integer({ min: 1 }), doc: "length of the ramp in steps" },
  start: { rule: rules.integer({ min: 0 }), default: 0, doc: "first step of the ramp" },
} satisfies OptionTable<RampOptions>;

/**
 * A straight line: `from + (to - from) clamp((step - start) / steps, 0, 1)`.
 *
 * @throws TypeError or RangeError when an option is missing, unknown or out of range
 */
export function linear(options: RampOptions): Schedule {
  return ramp("linear", options, (fraction) => fraction);
}

/**
 * Half a cosine, flat at both ends: `from + (to - from) (1 - cos(pi clamp((step - start) / steps, 0, 1))) / 2`.
 *
 * Source: Loshchilov and Hutter 2017, equation 5 without restarts (arXiv:1608.03983).
 *
 * @throws TypeError or RangeError when an option is missing, unknown or out of range
 */
export function cosine(options: RampOptions): Schedule {
  return ramp("cosine", options, (fraction) => (1 - Math.cos(Math.PI * fraction)) / 2);
}

function ramp(
  kind: "linear" | "cosine",
  options: RampOptions,
  shape: (fraction: number) => number,
): Schedule {
  const { from, to, steps, start } = readOptions(kind, rampTable, options);
  return createSchedule({
    value(step) {
      // The ends are exact: from + (to - from) need not be to.
      if (step <= start) return from;
      if (step >= start + steps) return to;
      return from + (to - from) * shape((step - start) / steps);
    },
    lowest: Math.min(from, to),
    highest: Math.max(from, to),
    json: { kind, from, to, steps, start },
  });
}

/** Options of {@link cyclical}. */
export interface CyclicalOptions {
  readonly from: number;
  readonly to: number;
  /** Length of one cycle in steps. */
  readonly period: number;
  /** Part of a cycle that rises, in (0, 1], default 0.5; `to` holds for the rest. */
  readonly rise?: number;
  /** Number of cycles, after which `to` holds; without end unless given. */
  readonly cycles?: number;
}

const cyclicalTable = {
  from: { rule: rules.number(), doc: "value at the start of a cycle" },
  to: { rule: rules.number(), doc: "value that it rises to" },
  period: { rule: rules.integer({ min: 1 }), doc: "length of a cycle in steps" },
  rise: {
    rule: rules.number({ above: 0, max: 1 }),
    default: 0.5,
    doc: "part of a cycle that rises",
  },
  cycles: { rule: rules.integer({ min: 1 }), default: undefined, doc: "number of cycles" },
} satisfies OptionTable<CyclicalOptions>;

/**
 * Rises from `from` to `to` again and again: in each cycle linearly during the first part `rise`, then `to` holds.
 *
 * Source: Fu et al. 2019, section 4.1 (arXiv:1903.10145), with R = `rise` and M = `cycles`.
 *
 * @throws TypeError or RangeError when an option is missing, unknown or out of range
 */
export function cyclical(options: CyclicalOptions): Schedule {
  const { from, to, period, rise, cycles } = readOptions("cyclical", cyclicalTable, options);
  return createSchedule({
    value(step) {
      if (step >= (cycles ?? Infinity) * period) return to;
      const fraction = (step % period) / period / rise;
      return fraction >= 1 ? to : from + (to - from) * fraction;
    },
    lowest: Math.min(from, to),
    highest: Math.max(from, to),
    json: { kind: "cyclical", from, to, period, rise, ...(cycles === undefined ? {} : { cycles }) },
  });
}
