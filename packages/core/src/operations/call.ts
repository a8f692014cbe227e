/** What all operations have in common: options of a call, limits of results, one column or level against several. */
import type { NdArray } from "@elbo/jit";
import { assertKnownOptions, readOptions } from "@elbo/common";
import type { ArgumentName, Options, OptionValues } from "@elbo/common";
import type { LabelsLike } from "../data/examples.ts";
import type { Given } from "../model/givenExamples.ts";
import type { LatentVariableModel } from "../model/latentVariableModel.ts";
import { assertUsable } from "../runner/assertUsable.ts";
import { scalarValues } from "../runner/feeds.ts";
import { sizeOf } from "../shape.ts";
import type { ComputeOptions } from "../step/compute.ts";
import { computeOf, computeOptions } from "../step/computeOptions.ts";

/** What a conditional model is told; which of these it understands is the condition's. */
export interface ConditionOptions {
  /** One class per example. */
  readonly labels?: LabelsLike;
  /** One class for all. */
  readonly label?: number;
  /** Columns by name, one value per example or one for all. */
  readonly condition?: Readonly<Record<string, unknown>>;
}

/** Options of every operation. */
export interface CallOptions extends ComputeOptions, ConditionOptions {}

/** An array, or one for each of several columns or levels by name. */
export type NdArrays = Readonly<Record<string, NdArray>>;

/** Options of a call, checked. */
export interface Call<T extends Options> {
  readonly own: OptionValues<T>;
  /** What the call says about the condition. */
  readonly told: Given;
  readonly compute: ComputeOptions;
}

/**
 * Reads the options of a call: those of the operation by their table, those of the condition, and how to compute.
 *
 * @throws Error after `dispose()`, TypeError or RangeError for an option that is unknown or out of range
 */
export function readCall<T extends Options>(
  { model, fn }: { readonly model: LatentVariableModel; readonly fn: string },
  table: T,
  options: object,
): Call<T> {
  assertUsable(fn, model);
  const accepted = model.condition?.accepts ?? [];
  const known = [...new Set([...Object.keys(table), ...accepted, ...Object.keys(computeOptions)])];
  assertKnownOptions(fn, options, known);
  const split = (names: readonly string[]): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(options).filter(
        ([name, value]) => names.includes(name) && value !== undefined,
      ),
    );
  const ways = readOptions(fn, computeOptions, split(Object.keys(computeOptions)));
  return {
    own: readOptions(fn, table, split(Object.keys(table))),
    told: split(accepted),
    compute: computeOf(model.compute, ways),
  };
}

/** The numbers that a model's parts are fed, at its present step. */
export const scalarsOfModel = ({
  schedules = {},
  step,
}: LatentVariableModel): Record<string, number> => scalarValues(schedules, step);

/** The most values of a result: 4 GiB as float32. */
const maximalValues = 2 ** 30;

/**
 * Refuses more examples, or `times` as many, than a result can hold.
 *
 * @throws RangeError naming how many there may be
 */
export function assertResultFits(
  model: LatentVariableModel,
  { fn, name }: ArgumentName,
  { count, times = 1 }: { readonly count: number; readonly times?: number },
): void {
  const shapes = [
    ...Object.values(model.example).map(({ column }) => column.shape),
    ...Object.values(model.levels).map(({ latent }) => latent),
  ];
  const row = Math.max(...shapes.map(sizeOf));
  const most = Math.floor(maximalValues / (row * times));
  if (count <= most) return;
  throw new RangeError(
    `${fn}: ${name} must be at most ${most}, so that the result has at most ${maximalValues} values, got ${count}`,
  );
}

/** The one array of a record of one, else the record. */
export function oneOrAll(arrays: NdArrays): NdArray | NdArrays {
  const values = Object.values(arrays);
  return values.length === 1 ? values[0] : arrays;
}

/** Names of outputs, `code` for the only level or `code_<level>` for each of several; the same for columns. */
export const outputName = (
  role: string,
  name: string,
  all: Readonly<Record<string, unknown>>,
): string => (Object.keys(all).length === 1 ? role : `${role}_${name}`);
