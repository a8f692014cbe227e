import { describeValue, resolveSchedule, type Schedule } from "@elbo/core";

/**
 * The weight β as a schedule that is never negative: a negative one would reward the KL divergence without bound.
 *
 * @throws TypeError or RangeError when it is no schedule, not finite, or negative at some step
 */
export function resolveBeta(fn: string, beta: number | Schedule): Schedule {
  const isNumber = typeof beta === "number";
  const lowest = isNumber ? beta : (beta as Partial<Schedule> | null)?.lowest;
  const text = `${fn}: beta must be a number or a schedule, finite and at least 0`;
  if (lowest === undefined) throw new TypeError(`${text}, got ${describeValue(beta)}`);
  if (!(lowest >= 0) || lowest === Infinity) {
    throw new RangeError(`${text}, got ${isNumber ? beta : `a schedule that falls to ${lowest}`}`);
  }
  return resolveSchedule(beta);
}
