import type { TypedArray } from "@elbo/jit";
import { assertColumns } from "../likelihoods/tableColumns.ts";
import type { TableColumn } from "../likelihoods/tableColumns.ts";

/** A row of a table: numbers, names of categories, or null for a cell that is missing, by the names of the columns. */
export type TableRow = Readonly<Record<string, number | string | null>>;

/** Cells by the names of the columns, `[n]` each. */
export type TableCells = Readonly<
  Record<string, { readonly data: TypedArray; readonly shape: readonly number[] }>
>;

/**
 * Columns of cells as rows with names: what `model.sample` gives, or a split of a table.
 *
 * Probabilities of a binary column become the more likely of its two values.
 *
 * @param columns those of the table, in the order of the result's keys
 * @param cells `{ name: { data, shape: [n] } }`
 * @throws TypeError or RangeError when columns are none, or have no cells
 */
export function tableRows(columns: readonly TableColumn[], cells: TableCells): TableRow[] {
  const fn = "tableRows";
  assertColumns(fn, columns);
  const count = cells[columns[0].name]?.data.length;
  for (const { name } of columns) {
    if (cells[name] !== undefined && cells[name].data.length === count) continue;
    throw new RangeError(
      `${fn}: cells must have ${count ?? "some"} values for every column, got ${cells[name]?.data.length ?? "none"} of ${name}`,
    );
  }
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      columns.map((column) => [column.name, cellOf(column, cells[column.name].data[i])]),
    ),
  );
}

function cellOf({ kind, categories }: TableColumn, value: number): number | string | null {
  if (kind === "real" || kind === "count") return Number.isNaN(value) ? null : value;
  if (Number.isNaN(value) || value < 0) return null;
  return categories?.[Math.round(value)] ?? value;
}
