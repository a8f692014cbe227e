/** Examples as people hand them in, checked, as rows of a model's columns. */
import type { NdArray } from "@elbo/jit";
import { readExampleLabels, readExampleWeights } from "../data/exampleWeights.ts";
import { listOf } from "../data/examples.ts";
import { fingerprint } from "../data/fingerprint.ts";
import type { ColumnReader } from "../likelihoods/likelihood.ts";
import { toNdArray } from "../ndArray.ts";
import { sizeOf } from "../shape.ts";
import type { ColumnSpecs } from "../step/columns.ts";
import type { Rows } from "../step/rows.ts";
import type { Condition } from "./condition.ts";
import { listsOf, separateColumns, withoutTensors } from "./givenExamples.ts";
import type { Given, RowsSpec } from "./givenExamples.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";

/** Rows of a model's columns that remember the values of the examples, for likelihoods that learn from them. */
export interface ExampleRows extends Rows {
  /** By column, as they were given. */
  readonly values: Readonly<Record<string, NdArray>>;
  /** The condition alone. */
  readonly told: Rows;
}

/** The columns that the examples of a model have. */
export const columnsOf = (example: ExampleSpec): ColumnSpecs =>
  Object.fromEntries(Object.entries(example).map(([name, { column }]) => [name, column]));

/**
 * Checks examples, and the condition that comes with them or with the options of the call.
 *
 * @param data `{ data, shape }` or a tensor for a model of one column, else a record by column; `labels`, `weights` and
 *   what the condition understands may stand beside
 * @param options what the call says about the condition, in the place of what the examples bring
 * @throws TypeError or RangeError in one sentence
 */
export async function exampleRows(
  fn: string,
  spec: RowsSpec,
  { data, options = {} }: { readonly data: unknown; readonly options?: Given },
): Promise<ExampleRows> {
  const { example } = spec;
  const { columns, others } = separateColumns(fn, spec, data);
  const values: Record<string, NdArray> = {};
  const readers: Record<string, ColumnReader> = {};
  for (const name of Object.keys(example)) {
    values[name] = await toNdArray({ fn, name }, columns[name]);
    readers[name] = example[name].reader({ fn, name }, values[name]);
  }
  const count = commonCount(fn, values);
  const brought = await withoutTensors(fn, others);
  const { labels, weights } = brought;
  // What the call says replaces what the examples bring.
  const given = Object.keys(options).length === 0 ? brought : await withoutTensors(fn, options);
  const told = await conditionRows(fn, spec.condition, { given, count });
  const fill = filler(readers, columnsOf(example));
  return {
    count,
    values,
    told,
    fillInto(buffers, place) {
      fill(buffers, place);
      void told.fillInto(buffers, place);
    },
    ...(labels === undefined
      ? {}
      : { labels: readExampleLabels(fn, listOf({ fn, name: "labels" }, labels), count) }),
    ...(weights === undefined ? {} : { weights: readExampleWeights(fn, weights, count) }),
    ...notesOf(Object.values(readers)),
    fingerprint: () => fingerprint({ ...values, ...listsOf(fn, brought) }),
  };
}

/**
 * Rows of a condition alone, for calls without examples.
 *
 * @param given the call's options, by name; without tensors
 */
export async function conditionRows(
  fn: string,
  condition: Condition | undefined,
  { given, count }: { readonly given: Given; readonly count: number },
): Promise<Rows> {
  if (condition === undefined) {
    return { count, fillInto: () => undefined, fingerprint: () => "" };
  }
  const readers = condition.readers(fn, await withoutTensors(fn, given), count);
  const fill = filler(readers, condition.columns);
  return {
    count,
    fillInto: (buffers, { indices }) => {
      fill(buffers, { indices }); // conditions are told, not drawn
    },
    fingerprint: () => "",
  };
}

/** Writes rows of several columns, one example after the other. */
function filler(
  readers: Readonly<Record<string, ColumnReader>>,
  columns: ColumnSpecs,
): (...place: Parameters<Rows["fillInto"]>) => void {
  const parts = Object.entries(readers).map(([name, reader]) => ({
    name,
    reader,
    size: sizeOf(columns[name].shape),
  }));
  return (buffers, { indices, random }) => {
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row];
      const stream = typeof random === "function" ? random(index) : random;
      for (const { name, reader, size } of parts) {
        reader.fillRow(buffers[name], { at: row * size, index }, stream);
      }
    }
  };
}

function commonCount(fn: string, values: Readonly<Record<string, NdArray>>): number {
  const [[first, { shape }], ...rest] = Object.entries(values);
  const [count] = shape;
  for (const [name, other] of rest) {
    if (other.shape[0] === count) continue;
    throw new RangeError(
      `${fn}: all columns must have as many examples as ${first} (${count}), got ${other.shape[0]} of ${name}`,
    );
  }
  if (count === 0) throw new RangeError(`${fn}: examples must be at least one, got 0`);
  return count;
}

function notesOf(readers: readonly ColumnReader[]): Pick<Rows, "warnings" | "remedy"> {
  const warnings = readers.flatMap((reader) => reader.warnings ?? []);
  const remedies = readers.flatMap(({ remedy }) => (remedy === undefined ? [] : [remedy]));
  return {
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(remedies.length === 0 ? {} : { remedy: remedies.join("; ") }),
  };
}
