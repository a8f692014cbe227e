import { assertInteger, assertKnownOptions, assertNumber, describeValue } from "../arguments.ts";

/** A schedule as JSON: a constant is its number, anything else has a kind and its options. */
export type ScheduleJson =
  | number
  | ({ readonly kind: "linear" } & RampOptions)
  | ({ readonly kind: "cosine" } & RampOptions)
  | ({ readonly kind: "cyclical" } & CyclicalOptions)
  | { readonly kind: "sequence"; readonly parts: readonly SequencePartJson[] }
  | { readonly kind: "product" | "sum"; readonly factors: readonly ScheduleJson[] };

/** One part of a sequence as JSON. */
export interface SequencePartJson {
  readonly schedule: ScheduleJson;
  /** Length in steps; `null` for the last part, which never ends. */
  readonly steps: number | null;
}

/**
 * A number that depends on the training step alone: the weight of a term, a learning rate, a temperature.
 *
 * The step counts optimizer updates from 0. {@link scheduleFromJson} restores a schedule from `toJSON()`.
 */
export interface Schedule {
  (step: number): number;
  /** True when the value is the same at every step. */
  readonly isConstant: boolean;
  /** All values lie between these two, so that an argument can be checked before training. */
  readonly lowest: number;
  readonly highest: number;
  toJSON(): ScheduleJson;
}

/** Options of {@link linear} and {@link cosine}. */
export interface RampOptions {
  readonly from: number;
  readonly to: number;
  /** Length of the ramp in steps. */
  readonly steps: number;
  /** First step of the ramp; `from` holds before it. */
  readonly start?: number;
}

/** Options of {@link cyclical}. */
export interface CyclicalOptions {
  readonly from: number;
  readonly to: number;
  /** Length of one cycle in steps. */
  readonly period: number;
  /** Part of a cycle that rises, in (0, 1]; `to` holds for the rest. */
  readonly rise?: number;
  /** Number of cycles, after which `to` holds; without end unless given. */
  readonly cycles?: number;
}

/** One part of {@link sequence}. */
export interface SequencePart {
  readonly schedule: number | Schedule;
  /** Length in steps; the last part has none and never ends. */
  readonly steps?: number;
}

interface ScheduleParts {
  readonly value: (step: number) => number;
  readonly values: readonly [number, number];
  readonly json: ScheduleJson;
}

function makeSchedule({ value, values, json }: ScheduleParts): Schedule {
  const [lowest, highest] = values;
  const isConstant = typeof json === "number";
  return Object.assign((step: number) => value(step), {
    isConstant,
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
  return makeSchedule({ value: () => value, values: [value, value], json: value });
}

/**
 * A straight line: `from + (to - from) clamp((step - start) / steps, 0, 1)`.
 *
 * @throws TypeError or RangeError when an option is missing or out of range
 */
export function linear(options: RampOptions): Schedule {
  return ramp("linear", options, (fraction) => fraction);
}

/**
 * Half a cosine, flat at both ends: `from + (to - from) (1 - cos(pi clamp((step - start) / steps, 0, 1))) / 2`.
 *
 * Source: Loshchilov and Hutter 2017, equation 5 without restarts (arXiv:1608.03983).
 *
 * @throws TypeError or RangeError when an option is missing or out of range
 */
export function cosine(options: RampOptions): Schedule {
  return ramp("cosine", options, (fraction) => (1 - Math.cos(Math.PI * fraction)) / 2);
}

function ramp(
  kind: "linear" | "cosine",
  options: RampOptions,
  shape: (fraction: number) => number,
): Schedule {
  assertKnownOptions(kind, options, ["kind", "from", "to", "steps", "start"]);
  const { from, to, steps, start = 0 } = options;
  assertNumber({ fn: kind, name: "from" }, from);
  assertNumber({ fn: kind, name: "to" }, to);
  assertInteger({ fn: kind, name: "steps" }, steps, { min: 1 });
  assertInteger({ fn: kind, name: "start" }, start, { min: 0 });
  return makeSchedule({
    value(step) {
      // The ends are exact: from + (to - from) need not be to.
      if (step <= start) return from;
      if (step >= start + steps) return to;
      return from + (to - from) * shape((step - start) / steps);
    },
    values: ordered(from, to),
    json: { kind, from, to, steps, start },
  });
}

/**
 * Rises from `from` to `to` again and again: in each cycle linearly during the first part `rise`, then `to` holds.
 *
 * Source: Fu et al. 2019, section 4.1 (arXiv:1903.10145), with R = `rise` and M = `cycles`.
 *
 * @throws TypeError or RangeError when an option is missing or out of range
 */
export function cyclical(options: CyclicalOptions): Schedule {
  const fn = "cyclical";
  assertKnownOptions(fn, options, ["kind", "from", "to", "period", "rise", "cycles"]);
  const { from, to, period, rise = 0.5, cycles } = options;
  assertNumber({ fn, name: "from" }, from);
  assertNumber({ fn, name: "to" }, to);
  assertInteger({ fn, name: "period" }, period, { min: 1 });
  assertNumber({ fn, name: "rise" }, rise, { above: 0, max: 1 });
  if (cycles !== undefined) assertInteger({ fn, name: "cycles" }, cycles, { min: 1 });
  return makeSchedule({
    value(step) {
      if (cycles !== undefined && step >= cycles * period) return to;
      const fraction = (step % period) / period / rise;
      return fraction >= 1 ? to : from + (to - from) * fraction;
    },
    values: ordered(from, to),
    json: { kind: "cyclical", from, to, period, rise, ...(cycles === undefined ? {} : { cycles }) },
  });
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
  const schedules = resolved.map(({ schedule }) => schedule);
  return makeSchedule({
    value(step) {
      const part = resolved.find((candidate) => step < candidate.end) ?? resolved[last];
      return part.schedule(step - part.start);
    },
    values: [
      Math.min(...schedules.map((s) => s.lowest)),
      Math.max(...schedules.map((s) => s.highest)),
    ],
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
  const bounds = schedules
    .map(({ lowest, highest }): readonly [number, number] => [lowest, highest])
    .reduce(([a, b], [c, d]) => {
      const corners = [join(a, c), join(a, d), join(b, c), join(b, d)];
      return [Math.min(...corners), Math.max(...corners)];
    });
  return makeSchedule({
    value: (step) => schedules.map((schedule) => schedule(step)).reduce(join),
    values: bounds,
    json: { kind, factors: schedules.map((schedule) => schedule.toJSON()) },
  });
}

/**
 * A schedule from a number or a schedule.
 *
 * @throws TypeError for anything else; a plain function has no JSON form, so a checkpoint could not restore it
 */
export function resolveSchedule(value: number | Schedule): Schedule {
  if (typeof value === "number") {
    assertNumber({ fn: "resolveSchedule", name: "schedule" }, value);
    return constant(value);
  }
  if (typeof value !== "function" || typeof value.toJSON !== "function") {
    throw new TypeError(
      `resolveSchedule: a schedule must be a number or made by constant, linear, cosine, cyclical, sequence, product or sum, got ${describeValue(value)}`,
    );
  }
  return value;
}

/**
 * Restores a schedule from its `toJSON()`.
 *
 * @throws TypeError or RangeError when the JSON is not that of a schedule
 */
export function scheduleFromJson(json: unknown): Schedule {
  if (typeof json === "number") return constant(json);
  if (typeof json === "object" && json !== null && "kind" in json) {
    const { kind, ...options } = json;
    switch (kind) {
      case "linear":
        return linear(options as RampOptions);
      case "cosine":
        return cosine(options as RampOptions);
      case "cyclical":
        return cyclical(options as CyclicalOptions);
      case "sequence":
        return sequence(listIn(options, "parts").map(partFromJson));
      case "product":
        return product(listIn(options, "factors").map(scheduleFromJson));
      case "sum":
        return sum(listIn(options, "factors").map(scheduleFromJson));
    }
  }
  throw new TypeError(
    `scheduleFromJson: json must be a number or an object with the kind of a schedule, got ${describeValue(json)}`,
  );
}

function listIn(options: object, key: string): readonly unknown[] {
  const list = (options as Record<string, unknown>)[key];
  if (!Array.isArray(list)) {
    throw new TypeError(`scheduleFromJson: ${key} must be a list, got ${describeValue(list)}`);
  }
  return list;
}

function partFromJson(json: unknown): SequencePart {
  if (typeof json !== "object" || json === null) {
    throw new TypeError(`scheduleFromJson: a part must be an object, got ${describeValue(json)}`);
  }
  const { schedule, steps } = json as { schedule?: unknown; steps?: number | null };
  const resolved = scheduleFromJson(schedule);
  return steps === null || steps === undefined
    ? { schedule: resolved }
    : { schedule: resolved, steps };
}

function ordered(a: number, b: number): readonly [number, number] {
  return a <= b ? [a, b] : [b, a];
}
