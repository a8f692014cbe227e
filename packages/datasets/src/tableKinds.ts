import { describeValue } from "@elbo/common";
import { parseNumber } from "./number.ts";

/** What a column of a table is: numbers, counts, one of two values, one of several, or one of several in an order. */
export type ColumnKind = "real" | "count" | "binary" | "categorical" | "ordinal";

/** A column of a table, as models take it. */
export interface TableColumn {
  readonly name: string;
  readonly kind: ColumnKind;
  /** What the values 0, 1, 2, ... of a column of choices are called. */
  readonly categories?: readonly string[];
  /** Whether cells may be missing: NaN in a real, count or binary column, -1 in the others. */
  readonly missing?: boolean;
}

/** The cells of a column, one per row. */
export interface TableCells {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly [number];
}

/** More are hardly categories. */
const mostCategories = 1000;

/** A kind as it was asked for; a list is the order of an ordinal column. */
export type KindChoice = ColumnKind | readonly string[];

/** One column of a file: its name, its texts (undefined where a cell is missing), and the line of each. */
export interface TextColumn {
  readonly name: string;
  readonly cells: readonly (string | undefined)[];
  readonly lines: readonly number[];
}

/**
 * What a column is and its cells in numbers. Unless its kind is given, a column of numbers is real, binary where they are 0 and
 * 1; a column of words is binary where there are two, else categorical. Categories are in the order of their values where all are
 * numbers, else in alphabetical order of their code units.
 *
 * @throws RangeError naming the column, and the line of a cell that is not of its kind
 */
export function toCells(
  column: TextColumn,
  choice?: KindChoice,
): { readonly column: TableColumn; readonly cells: TableCells } {
  const { name } = column;
  const written = column.cells.filter((cell) => cell !== undefined);
  if (written.length === 0) {
    throw new RangeError(
      `every column must have a cell that is there, got none in ${describeValue(name)} (drop leaves it out)`,
    );
  }
  // "1" and "1.0" are one category.
  const areNumbers = written.every((cell) => !Number.isNaN(parseNumber(cell)));
  const cells = areNumbers
    ? column.cells.map((cell) => (cell === undefined ? cell : String(Number(cell))))
    : column.cells;
  const present = cells.filter((cell) => cell !== undefined);
  const missing = present.length < cells.length ? { missing: true } : {};
  const kind = typeof choice === "object" ? "ordinal" : (choice ?? kindOf(present, areNumbers));
  const shape = [cells.length] as const;
  if (kind === "real" || kind === "count") {
    return { column: { name, kind, ...missing }, cells: { data: numbersOf(column, kind), shape } };
  }
  const categories = typeof choice === "object" ? choice : categoriesOf(present, areNumbers);
  assertCategories(name, kind, categories);
  const places = new Map(categories.map((category, i) => [category, i]));
  const absent = kind === "binary" ? NaN : -1;
  const values = cells.map((cell, i) => {
    if (cell === undefined) return absent;
    const place = places.get(cell);
    if (place !== undefined) return place;
    throw new RangeError(
      `cells of ${describeValue(name)} must be among ${describeValue(categories)}, got ${describeValue(cell)} in line ${String(column.lines[i])}`,
    );
  });
  const data = kind === "binary" ? Float32Array.from(values) : Int32Array.from(values);
  return { column: { name, kind, categories, ...missing }, cells: { data, shape } };
}

function kindOf(present: readonly string[], areNumbers: boolean): ColumnKind {
  const distinct = new Set(present);
  const isBinary = distinct.size === 2 && (!areNumbers || (distinct.has("0") && distinct.has("1")));
  if (isBinary) return "binary";
  return areNumbers ? "real" : "categorical";
}

function categoriesOf(present: readonly string[], areNumbers: boolean): string[] {
  const distinct = [...new Set(present)];
  return areNumbers ? distinct.sort((a, b) => Number(a) - Number(b)) : distinct.sort();
}

function assertCategories(name: string, kind: ColumnKind, categories: readonly string[]): void {
  const { length } = categories;
  if (length >= 2 && length <= (kind === "binary" ? 2 : mostCategories)) return;
  const rule = kind === "binary" ? "two" : `2 to ${String(mostCategories)}`;
  throw new RangeError(
    `a column that is ${kind} must have ${rule} different values, got ${String(length)} in ${describeValue(name)} (drop leaves a column out, kinds says what it is)`,
  );
}

function numbersOf({ name, cells, lines }: TextColumn, kind: "real" | "count"): Float32Array {
  const rule = kind === "real" ? "finite numbers of 32 bits" : "counts, whole numbers from 0 on";
  return Float32Array.from(cells, (cell, i) => {
    if (cell === undefined) return NaN;
    const value = Math.fround(parseNumber(cell));
    const isCount = Number.isInteger(value) && value >= 0;
    if (kind === "real" ? Number.isFinite(value) : isCount) return value;
    throw new RangeError(
      `cells of ${describeValue(name)}, which is ${kind}, must be ${rule}, got ${describeValue(cell)} in line ${String(lines[i])}`,
    );
  });
}
