import { describeValue, scheduleFromJson, scheduleRule, type Schedule } from "@elbo/core";
import { isRecord } from "./isRecord.ts";

/** A rate of dropping, or one that changes with the step; in `[0, 1]`. */
export type DropRate = number | Schedule;

/** How often columns of a condition are dropped in training: one rate for all, or rates by column. */
export type Drop = DropRate | Readonly<Record<string, DropRate>>;

const rule = scheduleRule({ min: 0 });

/**
 * The rate of every column that is dropped at some step.
 *
 * @throws TypeError or RangeError for a rate that is none or of no column
 */
export function dropRates(
  fn: string,
  columns: readonly string[],
  drop: unknown = 0,
): Readonly<Record<string, Schedule>> {
  const given = isRecord(drop) ? drop : Object.fromEntries(columns.map((name) => [name, drop]));
  const rates = Object.entries(given).map(([name, value]) => {
    if (!columns.includes(name)) {
      throw new TypeError(
        `${fn}: drop must have at most ${columns.join(", ")}, got ${describeValue(name)}`,
      );
    }
    return [name, rateOf(fn, isRecord(drop) ? `drop.${name}` : "drop", value)] as const;
  });
  return Object.fromEntries(rates.filter(([, { highest }]) => highest > 0));
}

function rateOf(fn: string, name: string, value: unknown): Schedule {
  const isJson = isRecord(value); // of a saved model
  const isOne = typeof value === "number" || typeof value === "function" || isJson;
  const must = "must be a rate in [0, 1], a schedule of rates, or a record of these by column";
  if (!isOne) {
    throw new TypeError(`${fn}: ${name} ${must}, got ${describeValue(value)}`);
  }
  const rate = rule.read({ fn, name }, isJson ? scheduleFromJson(value) : value);
  if (rate.highest <= 1) return rate;
  throw new RangeError(`${fn}: ${name} ${must}, got ${rate.highest}`);
}
