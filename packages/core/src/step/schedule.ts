import type { JsonValue } from "../json.ts";

/** A schedule as JSON: a constant is its number, anything else an object with its kind and options. */
export type ScheduleJson = number | { readonly kind: string; readonly [option: string]: JsonValue };

/**
 * A number that depends on the training step alone: the weight of a term, a learning rate, a temperature.
 *
 * The step counts optimizer updates from 0; the value at `Infinity` is the one that it has in the end, or is cycling to.
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
