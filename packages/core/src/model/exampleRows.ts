/** Examples as people hand them in, checked, as rows of a model's columns. */
import { columnSource, valuesOf } from "../data/columnSource.ts";
import type { ColumnSource } from "../data/columnSource.ts";
import { readExampleLabels, readExampleWeights } from "../data/exampleWeights.ts";
import { listOf } from "../data/examples.ts";
import { fingerprint } from "../data/fingerprint.ts";
import type { Staged } from "../data/storedArray.ts";
import type { ColumnReader, ColumnValues } from "../likelihoods/likelihood.ts";
import { sizeOf } from "../shape.ts";
import type { ColumnSpecs } from "../step/columns.ts";
import type { FillOptions, Rows } from "../step/rows.ts";
import type { Condition } from "./condition.ts";
import { listsOf, separateColumns, withoutTensors } from "./givenExamples.ts";
import type { Given, RowsSpec } from "./givenExamples.ts";
import type { ExampleSpec } from "../likelihoods/likelihood.ts";

/** Rows of a model's columns that remember the values of the examples, for likelihoods that learn from them. */
export interface ExampleRows extends Rows {
  /** The values of some rows of a column, as they were given. */
  valuesOf(column: string, indices: Int32Array): ColumnValues;
  /** The condition alone. */
  readonly told: Rows;
}

/** The columns that the examples of a model have. */
export const columnsOf = (example: ExampleSpec): ColumnSpecs =>
  Object.fromEntries(Object.entries(example).map(([name, { column }]) => [name, column]));

/**
 * Checks examples, and the condition that comes with them or with the options of the call.
 *
 * @param data `{ data, shape }`, a tensor or an array in files for a model of one column, else a record by column; `labels`,
 *   `weights` and what the condition understands may stand beside
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
  const sources: Record<string, ColumnSource> = {};
  const readers: Record<string, ColumnReader> = {};
  for (const name of Object.keys(example)) {
    sources[name] = await columnSource({ fn, name }, columns[name]);
    readers[name] = example[name].reader({ fn, name }, sources[name].known);
  }
  const count = commonCount(fn, sources);
  const brought = await withoutTensors(fn, others);
  const { labels, weights } = brought;
  // What the call says replaces what the examples bring.
  const given = Object.keys(options).length === 0 ? brought : await withoutTensors(fn, options);
  const told = await conditionRows(fn, spec.condition, { given, count });
  return {
    count,
    valuesOf: (column, indices) => valuesOf(sources[column], indices),
    told,
    ...filling(fn, example, { sources, readers, told }),
    ...(labels === undefined
      ? {}
      : { labels: readExampleLabels(fn, listOf({ fn, name: "labels" }, labels), count) }),
    ...(weights === undefined ? {} : { weights: readExampleWeights(fn, weights, count) }),
    ...notesOf([...Object.values(readers), told]),
    fingerprint: () =>
      [...Object.values(sources).map((source) => source.fingerprint()), beside(fn, brought)]
        .filter((text) => text !== "")
        .join(" "),
  };
}

const beside = (fn: string, brought: Given): string => fingerprint(listsOf(fn, brought));

interface Filled {
  readonly sources: Readonly<Record<string, ColumnSource>>;
  /** Of the values that are known. */
  readonly readers: Readonly<Record<string, ColumnReader>>;
  readonly told: Rows;
}

/** How rows are written into a batch: at once where all values are in memory, else when they were read. */
function filling(
  fn: string,
  example: ExampleSpec,
  { sources, readers, told }: Filled,
): Pick<Rows, "fillInto" | "prefetch"> {
  const columns = columnsOf(example);
  const stored = Object.entries(sources).flatMap(([name, { staged }]) =>
    staged === undefined ? [] : [[name, staged] as const],
  );
  if (stored.length === 0) {
    const fill = filler(readers, columns);
    return {
      fillInto(buffers, place) {
        fill(buffers, place);
        void told.fillInto(buffers, place);
      },
    };
  }
  const isStaged = new Set(stored.map(([name]) => name));
  return {
    async fillInto(buffers, place) {
      const parts: Record<string, Staged> = {};
      for (const [name, staged] of stored) parts[name] = await staged.load(place.indices);
      const own = Object.entries(parts).map(
        ([name, { values }]) => [name, example[name].reader({ fn, name }, values)] as const,
      );
      filler({ ...readers, ...Object.fromEntries(own) }, columns, isStaged)(buffers, place);
      for (const { release } of Object.values(parts)) release();
      await told.fillInto(buffers, place);
    },
    prefetch(indices) {
      for (const [, staged] of stored) staged.prefetch(indices);
    },
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
    fillInto: (buffers, { indices, random }) => {
      fill(buffers, {
        indices,
        ...(random === undefined ? {} : { random: ofCondition(random) }),
      });
    },
    ...notesOf(Object.values(readers)),
    fingerprint: () => "",
  };
}

/** Generators of their own, so that examples are prepared the same whatever is drawn for the condition. */
function ofCondition(
  random: NonNullable<FillOptions["random"]>,
): NonNullable<FillOptions["random"]> {
  return typeof random === "function"
    ? (index) => random(index).fork("condition")
    : random.fork("condition");
}

/** Writes rows of several columns, one example after the other; readers of those in `isStaged` hold the rows of the batch alone. */
function filler(
  readers: Readonly<Record<string, ColumnReader>>,
  columns: ColumnSpecs,
  isStaged: ReadonlySet<string> = new Set(),
): (...place: Parameters<Rows["fillInto"]>) => void {
  const parts = Object.entries(readers).map(([name, reader]) => ({
    name,
    reader,
    size: sizeOf(columns[name].shape),
    isHere: isStaged.has(name),
  }));
  return (buffers, { indices, random }) => {
    for (let row = 0; row < indices.length; row++) {
      const index = indices[row];
      const stream = typeof random === "function" ? random(index) : random;
      for (const { name, reader, size, isHere } of parts) {
        const place = { at: row * size, index: isHere ? row : index, row: index };
        reader.fillRow(buffers[name], place, stream);
      }
    }
  };
}

function commonCount(fn: string, sources: Readonly<Record<string, ColumnSource>>): number {
  const [[first, { count }], ...rest] = Object.entries(sources);
  for (const [name, other] of rest) {
    if (other.count === count) continue;
    throw new RangeError(
      `${fn}: all columns must have as many examples as ${first} (${count}), got ${other.count} of ${name}`,
    );
  }
  if (count === 0) throw new RangeError(`${fn}: examples must be at least one, got 0`);
  return count;
}

function notesOf(
  readers: readonly Pick<ColumnReader, "warnings" | "remedy">[],
): Pick<Rows, "warnings" | "remedy"> {
  const warnings = readers.flatMap((reader) => reader.warnings ?? []);
  const remedies = readers.flatMap(({ remedy }) => (remedy === undefined ? [] : [remedy]));
  return {
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(remedies.length === 0 ? {} : { remedy: remedies.join("; ") }),
  };
}
