import { describeValue } from "@elbo/common";
import type { CsvRow } from "./formats/csv.ts";
import { isMissing, parseNumber } from "./number.ts";

/** A column: its name in the header, or its index from 0. */
export type Column = string | number;

/** Which columns of a table are what. */
export interface ColumnOptions {
  /** Whether the first line names the columns; by default when it holds a word that is no label. */
  readonly header?: boolean;
  /** Column of the labels; the other columns are the values. */
  readonly label?: Column;
  /** The columns of the values, in this order; by default all that are not the label. */
  readonly columns?: readonly Column[];
  /** Columns that are left out. */
  readonly drop?: readonly Column[];
}

/** What each column of a table is. */
export interface Columns {
  /** Number of fields of a line. */
  readonly count: number;
  /** Names of all columns, without blanks around them; undefined without a header. */
  readonly names: readonly string[] | undefined;
  readonly label: number | undefined;
  /** The columns of the values. */
  readonly values: readonly number[];
}

/**
 * Whether the first line of a table names its columns: when it holds a word outside of the label.
 *
 * @throws RangeError when it counts 0, 1, 2, ..., which may be names, as pandas writes them, or an example
 */
export function isHeader(first: readonly string[], options: ColumnOptions): boolean {
  const { header, label, columns = [], drop = [] } = options;
  if (header !== undefined) return header;
  if ([label, ...columns, ...drop].some((column) => typeof column === "string")) return true;
  const counted = first[0].trim() === "" ? first.slice(1) : first;
  if (counted.length > 0 && counted.every((field, i) => field.trim() === String(i))) {
    throw new RangeError(
      `header must be given when the first line counts 0, 1, 2, ...: true if it names the columns, as pandas writes it, false if it is an example, got ${describeValue(first)}`,
    );
  }
  return first.some(
    (field, i) => i !== label && !isMissing(field) && Number.isNaN(parseNumber(field)),
  );
}

/**
 * What each column is.
 *
 * @param first fields of the first line
 * @param hasHeader whether these are names
 * @throws RangeError when an option names no column, or two of them, or a column of values has no name
 */
export function chooseColumns(
  first: readonly string[],
  hasHeader: boolean,
  options: { readonly [Key in "label" | "columns" | "drop"]?: ColumnOptions[Key] | undefined },
): Columns {
  const count = first.length;
  const names = hasHeader ? first.map((name) => name.trim()) : undefined;
  const find = (option: string, column: Column): number =>
    findColumn(option, column, { names, count });
  const label = options.label === undefined ? undefined : find("label", options.label);
  const dropped = new Set((options.drop ?? []).map((column) => find("drop", column)));
  const values =
    options.columns?.map((column) => find("columns", column)) ??
    Array.from({ length: count }, (_, i) => i).filter((i) => i !== label && !dropped.has(i));
  const isTwice = new Set(values).size < values.length || values.some((i) => i === label);
  if (isTwice) {
    throw new RangeError(
      `columns must be different ones other than the label, got ${describeValue(options.columns)}`,
    );
  }
  if (values.length === 0) throw new RangeError("a column must remain for the values, got none");
  const unnamed = values.find((i) => names?.[i] === "");
  if (unnamed !== undefined) {
    throw new RangeError(
      `every column must have a name, got none for column ${String(unnamed + 1)} of ${String(count)} (pandas writes its index so: drop: [${String(unnamed)}] leaves it out)`,
    );
  }
  return { count, names, label, values };
}

function findColumn(
  option: string,
  column: Column,
  { names, count }: Pick<Columns, "names" | "count">,
): number {
  const places =
    typeof column === "number"
      ? [column].filter((i) => i < count)
      : (names ?? []).flatMap((name, i) => (name === column.trim() ? [i] : []));
  if (places.length === 1) return places[0];
  const known =
    names === undefined ? `the ${String(count)} columns from 0 on` : describeValue(names);
  const rule =
    places.length > 1 ? "must name one column, by its index where names repeat," : "must be among";
  throw new RangeError(`${option} ${rule} ${known}, got ${describeValue(column)}`);
}

/** A column as it reads in a message. */
export function describeColumn(index: number, { count, names }: Columns): string {
  const name = names === undefined ? "" : ` (${describeValue(names[index])})`;
  return `column ${String(index + 1)} of ${String(count)}${name}`;
}

/** What may be meant where a field that is no number looks like this. */
export function hintAt(field: string, { count }: Columns): string {
  if (/^\s*[+-]?\d+,\d+\s*$/u.test(field)) return " (decimals need a point)";
  const other = count === 1 ? [";", "\t", "|"].find((mark) => field.includes(mark)) : undefined;
  return other === undefined ? "" : ` (is the delimiter ${JSON.stringify(other)}?)`;
}

/**
 * Refuses a line that has not as many fields as the first.
 *
 * @throws RangeError naming the line, and what may be meant
 */
export function assertFields({ fields, line }: CsvRow, columns: Columns): void {
  const { count, names } = columns;
  if (fields.length === count) return;
  const hint = hintAt(fields[0], columns) || hintAt(names?.[0] ?? "", columns);
  throw new RangeError(
    `every line must have as many fields as the first (${String(count)}), got ${String(fields.length)} in line ${String(line)}${hint}`,
  );
}
