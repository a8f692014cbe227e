import type { NdArray, TypedArray } from "@elbo/jit";
import { assertShape, describeValue } from "@elbo/common";
import { toNdArray } from "../ndArray.ts";
import { sizeOf } from "../shape.ts";
import type { ColumnSpec, ColumnSpecs } from "../step/columns.ts";
import type { Rows } from "../step/rows.ts";
import type { Trainable } from "../step/trainable.ts";
import { readExampleLabels, readExampleWeights } from "./exampleWeights.ts";
import { fingerprint } from "./fingerprint.ts";

/** What may stand beside the columns. */
const beside = ["labels", "weights"];

/**
 * Rows of arrays as they are: the default of a trainable that says nothing about its data.
 *
 * @param data an array `[n, ...shape]` for the only column, or a record of arrays by the names of the columns; with either,
 *   `labels` (a class per row, for plans that balance by it) and `weights` (per row)
 * @throws TypeError or RangeError in one sentence for arrays that do not fit the columns
 */
export async function arrayRows(fn: string, columns: ColumnSpecs, data: unknown): Promise<Rows> {
  const names = Object.keys(columns);
  const given = recordOf(fn, names, data);
  const arrays: Record<string, NdArray> = {};
  for (const name of names) arrays[name] = await columnOf({ fn, name }, columns[name], given[name]);
  const count = arrays[names[0]].shape[0];
  for (const [name, { shape }] of Object.entries(arrays)) {
    if (shape[0] === count) continue;
    throw new RangeError(
      `${fn}: all columns must have as many rows as ${names[0]} (${count}), got ${shape[0]} of ${name}`,
    );
  }
  if (count === 0) throw new RangeError(`${fn}: data must hold at least one example, got 0`);
  const { labels, weights } = given;
  return {
    count,
    fillInto(buffers, { indices }) {
      for (const name of names) copyRows(buffers[name], arrays[name], indices);
    },
    ...(labels === undefined ? {} : { labels: readExampleLabels(fn, labels, count) }),
    ...(weights === undefined ? {} : { weights: readExampleWeights(fn, weights, count) }),
    fingerprint: () => fingerprintOf(arrays, { labels, weights }),
  };
}

/** What people hand in as rows of a trainable: by its own reading, else arrays as they are. */
export const rowsOf = (
  fn: string,
  trainable: Pick<Trainable, "rows" | "columns">,
  data: unknown,
): Promise<Rows> => trainable.rows?.(fn, data) ?? arrayRows(fn, trainable.columns, data);

/** Columns, labels and weights by name. */
function recordOf(
  fn: string,
  names: readonly string[],
  data: unknown,
): Readonly<Record<string, unknown>> {
  if (typeof data !== "object" || data === null) {
    throw new TypeError(
      `${fn}: data must be an array { data, shape }, a tf.Tensor, or a record of them by column (${names.join(", ")}), got ${describeValue(data)}`,
    );
  }
  const record = data as Readonly<Record<string, unknown>>;
  const isArray = "shape" in data && !names.includes("shape");
  if (isArray && names.length === 1) {
    const { labels, weights } = record;
    return { [names[0]]: data, labels, weights };
  }
  const known = [...names, ...beside];
  const unknown = Object.keys(record).find((name) => !known.includes(name));
  if (unknown !== undefined || isArray) {
    throw new TypeError(
      `${fn}: data must have the columns ${names.join(", ")} and no others but labels and weights, got ${isArray ? "one array" : JSON.stringify(unknown)}`,
    );
  }
  return record;
}

async function columnOf(
  at: { readonly fn: string; readonly name: string },
  { shape, dtype }: ColumnSpec,
  given: unknown,
): Promise<NdArray> {
  const { fn, name } = at;
  const array = await toNdArray(at, given);
  assertShape(at, array.shape, [null, ...shape]);
  const { data } = array;
  if (dtype === "int32" && data instanceof Float32Array) {
    throw new TypeError(`${fn}: ${name} must hold integers (Int32Array), got a Float32Array`);
  }
  const bad = data instanceof Float32Array ? data.findIndex((x) => !Number.isFinite(x)) : -1;
  if (bad >= 0) {
    throw new RangeError(`${fn}: values of ${name} must be finite, got ${data[bad]} at ${bad}`);
  }
  return array;
}

function copyRows(
  out: Float32Array | Int32Array,
  { data, shape }: { readonly data: TypedArray; readonly shape: readonly number[] },
  indices: ArrayLike<number>,
): void {
  const size = sizeOf(shape.slice(1));
  for (let row = 0; row < indices.length; row++) {
    const start = indices[row] * size;
    out.set(data.subarray(start, start + size), row * size);
  }
}

function fingerprintOf(
  arrays: Readonly<Record<string, NdArray>>,
  { labels, weights }: { readonly labels?: unknown; readonly weights?: unknown },
): string {
  const more: Record<string, NdArray> = {};
  for (const [name, list] of Object.entries({ labels, weights })) {
    if (list === undefined) continue;
    const data = Float32Array.from(list as ArrayLike<number>);
    more[name] = { data, shape: [data.length] };
  }
  return fingerprint({ ...arrays, ...more });
}
