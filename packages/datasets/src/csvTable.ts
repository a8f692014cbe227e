/**
 * A table of numbers as examples. Rows are read one at a time into arrays that are allocated once: no more rows than line
 * ends, and no more values than pairs of bytes, because a value and what ends it take two.
 */
import { describeValue } from "@elbo/common";
import type { Split } from "./dataset.ts";
import { csvRows } from "./formats/csv.ts";

/** How a table becomes examples. */
export interface TableOptions {
  /** One character between fields; a comma by default. */
  readonly delimiter?: string;
  /** Whether the first line names the columns; by default when it holds anything but numbers. */
  readonly header?: boolean;
  /** Column of the labels, by name or index from 0; the other columns are the values. */
  readonly label?: string | number;
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
}

/** Most different labels of a table. */
const maxClasses = 2 ** 20;

function isNumber(field: string): boolean {
  return field.trim() !== "" && Number.isFinite(Number(field));
}

/**
 * The examples of a table.
 *
 * @param bytes the whole file in UTF-8
 * @param options how to read it, checked
 * @returns values `[rows, ...shape]`, labels `[rows]` where a column is one
 * @throws RangeError when a row, a value or the number of labels is not as it must be
 */
export function readTable(bytes: Uint8Array, options: TableOptions): Table {
  const rows = csvRows(bytes, options.delimiter ?? ",");
  const first = nextOf(rows) ?? [];
  const hasHeader = options.header ?? isHeader(first, options.label);
  let row = hasHeader ? nextOf(rows) : first;
  if (row === undefined || row.length === 0) {
    throw new RangeError("table must have at least one line, got none");
  }
  const labelColumn = findLabel(options.label, hasHeader ? first : undefined, first.length);
  const examples = new Examples(bytes, { columns: first.length, labelColumn, options });
  for (let line = hasHeader ? 2 : 1; row !== undefined; row = nextOf(rows)) {
    examples.push(row, line++);
  }
  return examples.finish();
}

function nextOf(rows: Iterator<string[], void>): string[] | undefined {
  return rows.next().value ?? undefined;
}

function isHeader(first: readonly string[], label: string | number | undefined): boolean {
  return first.some((field, column) => !isNumber(field) && column !== label);
}

function findLabel(
  label: string | number | undefined,
  header: readonly string[] | undefined,
  columns: number,
): number | undefined {
  if (label === undefined) return undefined;
  const column = typeof label === "number" ? label : (header?.indexOf(label) ?? -1);
  if (column < 0 || column >= columns) {
    throw new RangeError(
      `label must be a column of ${describeValue(header ?? `${String(columns)} columns`)}, got ${describeValue(label)}`,
    );
  }
  return column;
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

interface Layout {
  readonly columns: number;
  readonly labelColumn: number | undefined;
  readonly options: TableOptions;
}

/** Rows as they arrive, in the arrays of the result. */
class Examples {
  readonly #layout: Layout;
  readonly #shape: readonly number[];
  readonly #data: Uint8Array | Float32Array;
  readonly #labels: Labels | undefined;
  #count = 0;
  #at = 0;

  constructor(bytes: Uint8Array, layout: Layout) {
    const { columns, labelColumn, options } = layout;
    const values = labelColumn === undefined ? columns : columns - 1;
    this.#layout = layout;
    this.#shape = shapeOf(values, options.shape);
    const rows = mostRows(bytes);
    const length = Math.min(rows * values, mostValues(bytes));
    this.#data = options.type === "uint8" ? new Uint8Array(length) : new Float32Array(length);
    if (labelColumn !== undefined) this.#labels = new Labels(rows);
  }

  push(row: readonly string[], line: number): void {
    const { columns, labelColumn } = this.#layout;
    if (row.length !== columns) {
      throw new RangeError(
        `every line must have ${String(columns)} fields, got ${String(row.length)} in line ${String(line)}`,
      );
    }
    for (let column = 0; column < columns; column++) {
      if (column === labelColumn) this.#labels?.push(row[column], this.#count);
      else this.#data[this.#at++] = this.#valueOf(row[column], { line, column });
    }
    this.#count++;
  }

  #valueOf(field: string, { line, column }: { line: number; column: number }): number {
    const isPixel = this.#layout.options.type === "uint8";
    const value = Number(field);
    const isByte = Number.isInteger(value) && value >= 0 && value <= 255;
    if (isNumber(field) && (isByte || !isPixel)) return value;
    const rule = isPixel ? "a whole number from 0 to 255" : "a finite number";
    throw new RangeError(
      `every value must be ${rule}, got ${describeValue(field)} in line ${String(line)}, column ${String(column)}`,
    );
  }

  finish(): Table {
    const data = this.#data.subarray(0, this.#at);
    const split = { data, shape: [this.#count, ...this.#shape] };
    if (this.#labels === undefined) return { split, classNames: undefined };
    const { labels, classNames } = this.#labels.finish(this.#count);
    return { split: { ...split, labels }, classNames };
  }
}

/** Labels as they arrive: each different one is kept once. */
class Labels {
  readonly #codes: Int32Array;
  readonly #codeOf = new Map<string, number>();

  constructor(rows: number) {
    this.#codes = new Int32Array(rows);
  }

  push(field: string, row: number): void {
    let code = this.#codeOf.get(field);
    if (code === undefined) {
      code = this.#codeOf.size;
      if (code === maxClasses) {
        throw new RangeError(
          `labels must have at most ${String(maxClasses)} different values, got more of them`,
        );
      }
      this.#codeOf.set(field, code);
    }
    this.#codes[row] = code;
  }

  /** Whole numbers as they are; other labels numbered in alphabetical order of their code units. */
  finish(count: number): { labels: Int32Array; classNames: readonly string[] | undefined } {
    const fields = [...this.#codeOf.keys()];
    const isWhole = fields.every((field) => /^\s*\d{1,9}\s*$/u.test(field));
    const classNames = isWhole ? undefined : fields.toSorted();
    const indices = new Map(classNames?.map((name, i) => [name, i]));
    const labelOf = Int32Array.from(fields, (field) => indices.get(field) ?? Number(field));
    const labels = this.#codes.subarray(0, count).map((code) => labelOf[code]);
    return { labels, classNames };
  }
}
