/**
 * A table of numbers as examples. Rows are read one at a time into arrays that are allocated once: no more rows than line
 * ends, and no more values than pairs of bytes, because a value and what ends it take two.
 */
import { describeValue } from "@elbo/common";
import { ClassLabels } from "./classLabels.ts";
import type { Split } from "./dataset.ts";
import { csvRows } from "./formats/csv.ts";
import type { CsvRow } from "./formats/csv.ts";
import { isMissing, parseNumber } from "./number.ts";
import { assertFields, chooseColumns, describeColumn, hintAt, isHeader } from "./tableColumns.ts";
import type { ColumnOptions, Columns } from "./tableColumns.ts";

/** How a table becomes examples. */
export interface TableOptions extends ColumnOptions {
  /** One character between fields; a comma by default. */
  readonly delimiter?: string;
  /** Encoding of the text as `TextDecoder` knows it, such as `"latin1"`; `"utf-8"` by default. */
  readonly encoding?: string;
  /** Shape of one example, such as `[28, 28, 1]`; by default one axis of all columns. */
  readonly shape?: readonly number[];
  /** `"uint8"` for whole numbers from 0 to 255 such as pixels; `"float32"` by default. */
  readonly type?: "uint8" | "float32";
}

/** What a table holds. */
export interface Table {
  readonly split: Split;
  /** Names of the classes when the labels are names. */
  readonly classNames: readonly string[] | undefined;
  /** Names of the columns of the values, where these are one axis and have names. */
  readonly columnNames: readonly string[] | undefined;
}

/**
 * The examples of a table.
 *
 * @param bytes the whole file
 * @param options how to read it, checked
 * @returns values `[rows, ...shape]`, labels `[rows]` where a column is one
 * @throws RangeError when a row, a value or the number of labels is not as it must be
 */
export function readTable(bytes: Uint8Array, options: TableOptions): Table {
  const rows = csvRows(bytes, options.delimiter ?? ",", options.encoding);
  const first = nextOf(rows);
  const hasHeader = first !== undefined && isHeader(first.fields, options);
  let row = hasHeader ? nextOf(rows) : first;
  if (first === undefined || row === undefined) {
    throw new RangeError("table must have at least one line, got none");
  }
  const columns = chooseColumns(first.fields, hasHeader, options);
  const examples = new Examples(bytes, columns, options);
  for (; row !== undefined; row = nextOf(rows)) examples.push(row);
  return examples.finish();
}

function nextOf(rows: Iterator<CsvRow, void>): CsvRow | undefined {
  return rows.next().value ?? undefined;
}

function shapeOf(columns: number, shape: readonly number[] | undefined): readonly number[] {
  const perExample = shape ?? [columns];
  const needed = perExample.reduce((product, size) => product * size, 1);
  if (needed === columns && columns > 0) return perExample;
  throw new RangeError(
    `shape ${describeValue(perExample)} must have as many values as a line, got ${String(columns)} columns`,
  );
}

/** Most rows that a file can have: each but the last ends with a line end, and none is empty. */
function mostRows(bytes: Uint8Array): number {
  let lines = 1;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0x0a) lines++;
  return Math.min(lines, mostValues(bytes));
}

function mostValues(bytes: Uint8Array): number {
  return Math.ceil(bytes.length / 2);
}

/** Rows as they arrive, in the arrays of the result. */
class Examples {
  readonly #columns: Columns;
  readonly #isBytes: boolean;
  readonly #hasShape: boolean;
  readonly #shape: readonly number[];
  readonly #data: Uint8Array | Float32Array;
  readonly #labels: ClassLabels | undefined;
  #count = 0;
  #at = 0;

  constructor(bytes: Uint8Array, columns: Columns, options: TableOptions) {
    const values = columns.values.length;
    this.#columns = columns;
    this.#isBytes = options.type === "uint8";
    this.#hasShape = options.shape !== undefined;
    this.#shape = shapeOf(values, options.shape);
    const rows = mostRows(bytes);
    const length = Math.min(rows * values, mostValues(bytes));
    this.#data = this.#isBytes ? new Uint8Array(length) : new Float32Array(length);
    if (columns.label !== undefined) this.#labels = new ClassLabels(rows);
  }

  push(row: CsvRow): void {
    const { label, values } = this.#columns;
    const { fields, line } = row;
    assertFields(row, this.#columns);
    if (label !== undefined) {
      const field = fields[label];
      if (isMissing(field))
        this.#refuse("every label must be there", fields, { line, column: label });
      this.#labels?.push(field, this.#count);
    }
    for (const column of values) {
      const value = parseNumber(fields[column]);
      if (!this.#isRight(value)) {
        const rule = this.#isBytes ? "a whole number from 0 to 255" : "a finite number of 32 bits";
        this.#refuse(`every value must be ${rule}`, fields, { line, column });
      }
      this.#data[this.#at++] = value;
    }
    this.#count++;
  }

  #isRight(value: number): boolean {
    if (this.#isBytes) return Number.isInteger(value) && value >= 0 && value <= 255;
    return Number.isFinite(Math.fround(value));
  }

  #refuse(
    rule: string,
    fields: readonly string[],
    { line, column }: { line: number; column: number },
  ): never {
    const field = fields[column];
    const place = `line ${String(line)}, ${describeColumn(column, this.#columns)}`;
    throw new RangeError(
      `${rule}, got ${describeValue(field)} in ${place}${hintAt(field, this.#columns)}`,
    );
  }

  finish(): Table {
    const { names, values } = this.#columns;
    const data = this.#data.subarray(0, this.#at);
    const split = { data, shape: [this.#count, ...this.#shape] };
    const columnNames = this.#hasShape ? undefined : names && values.map((column) => names[column]);
    if (this.#labels === undefined) return { split, classNames: undefined, columnNames };
    const { labels, classNames } = this.#labels.finish(this.#count);
    return { split: { ...split, labels }, classNames, columnNames };
  }
}
