/** What people hand in as examples, taken apart. */
import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { describeValue } from "@elbo/common";
import { listOf } from "../data/examples.ts";
import { isStored } from "../data/storedArray.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";
import { toNdArray } from "../ndArray.ts";
import type { Condition } from "./condition.ts";

/** What rows are of. */
export interface RowsSpec {
  readonly example: ExampleSpec;
  readonly condition: Condition | undefined;
}

/** What people hand in, by name. */
export type Given = Readonly<Record<string, unknown>>;

/** What may stand beside the values of a data set. */
const beside = ["labels", "weights", "factors"];

/**
 * Tells the columns of examples from what stands beside them.
 *
 * @throws TypeError in one sentence for what are no examples of the model
 */
export function separateColumns(
  fn: string,
  { example, condition }: RowsSpec,
  data: unknown,
): { readonly columns: Given; readonly others: Given } {
  const names = Object.keys(example);
  if (typeof data !== "object" || data === null) {
    throw new TypeError(
      `${fn}: examples must be a tf.Tensor or { data, shape }${names.length === 1 ? "" : ` for each of ${names.join(", ")}`}, got ${describeValue(data)}`,
    );
  }
  if (data instanceof tf.Tensor || ArrayBuffer.isView(data) || Array.isArray(data)) {
    return { columns: onlyColumn(fn, names, data), others: {} };
  }
  if ("train" in data && "test" in data && !names.includes("train")) {
    throw new TypeError(
      `${fn}: examples must be one split of a data set, got all of it; give .train or .test`,
    );
  }
  const known = [
    ...new Set([
      ...beside,
      ...(condition?.accepts ?? []),
      ...Object.keys(condition?.columns ?? {}),
    ]),
  ];
  const isInFiles = isStored(data);
  const isColumn = names.includes("data") || names.includes("shape");
  const isArray = isInFiles || (("data" in data || "shape" in data) && !isColumn);
  const own = isInFiles
    ? ["shape", "dtype", "read", "readInto"]
    : isArray
      ? ["data", "shape"]
      : names;
  const unknown = Object.keys(data).find((key) => !own.includes(key) && !known.includes(key));
  if (unknown !== undefined) {
    throw new TypeError(
      `${fn}: examples must have ${own.join(", ")} and at most ${known.join(", ")}, got ${JSON.stringify(unknown)}`,
    );
  }
  const entries = Object.entries(data);
  return {
    columns: isArray
      ? onlyColumn(fn, names, data)
      : Object.fromEntries(entries.filter(([key]) => names.includes(key))),
    others: Object.fromEntries(
      entries.filter(([key, value]) => known.includes(key) && value !== undefined),
    ),
  };
}

function onlyColumn(fn: string, names: readonly string[], data: unknown): Given {
  if (names.length === 1) return { [names[0]]: data };
  throw new TypeError(
    `${fn}: examples must be a record of arrays by column (${names.join(", ")}), got one array`,
  );
}

/** Tensors, also those in a record (`condition: { ... }`), are read once. */
export async function withoutTensors(fn: string, given: Given): Promise<Given> {
  const read = async (name: string, value: unknown): Promise<unknown> => {
    if (value instanceof tf.Tensor) return toNdArray({ fn, name }, value);
    const isRecord = Object.prototype.toString.call(value) === "[object Object]";
    return isRecord ? withoutTensors(fn, value as Given) : value;
  };
  const entries: [string, unknown][] = [];
  for (const [name, value] of Object.entries(given)) entries.push([name, await read(name, value)]);
  return Object.fromEntries(entries);
}

/** Everything beside the columns that is numbers, for fingerprints. */
export function listsOf(fn: string, given: Given): Record<string, NdArray> {
  const lists: Record<string, NdArray> = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === "factors" || typeof value !== "object" || value === null) continue;
    if (Object.prototype.toString.call(value) === "[object Object]" && !("data" in value)) {
      Object.assign(lists, listsOf(fn, value as Given));
    } else if ("data" in value && "shape" in value) {
      lists[name] = value as NdArray;
    } else {
      // Conditions may be lists of lists, with null where one is missing.
      const flat = Array.isArray(value) ? (value as unknown[]).flat(Infinity) : value;
      const data = Float32Array.from(listOf({ fn, name }, flat), (entry) =>
        (entry as unknown) === null ? NaN : entry,
      );
      lists[name] = { data, shape: [data.length] };
    }
  }
  return lists;
}
