import type { TableCells } from "../data/tableRows.ts";
import { assertColumns } from "../likelihoods/tableColumns.ts";
import type { TableColumn } from "../likelihoods/tableColumns.ts";

/** How like a real table a synthetic one is; 0 is equal everywhere. */
export interface TableFidelity {
  /** Distance of each column's distribution, in [0, 1]. */
  readonly columns: Readonly<Record<string, number>>;
  /** The mean of these. */
  readonly marginals: number;
  /** Mean absolute difference of the correlations of all pairs of columns, in [0, 2]; 0 for a single column. */
  readonly correlations: number;
}

/**
 * Compares a synthetic table with a real one, column by column and pair by pair; missing cells do not count.
 *
 * The distance of a real, count or ordinal column is that of Kolmogorov and Smirnov, `sup |F - G|` of the distribution functions; that of
 * a binary or categorical one is the total variation, `1/2 sum |p - q|`. Correlations are Pearson's, of values, of codes of ordinal
 * columns, and of the indicator of every category, over the rows where both cells are there; a constant column correlates with none.
 *
 * Two real samples differ too: compare the figures with those of two halves of the real table.
 *
 * @param columns of the table
 * @param real cells `{ name: { data, shape: [n] } }`
 * @param synthetic cells of as many columns, of any number of rows: draws, not means
 * @throws TypeError or RangeError when columns are none, or have no cells
 */
export function tableFidelity(
  columns: readonly TableColumn[],
  real: TableCells,
  synthetic: TableCells,
): TableFidelity {
  assertColumns("tableFidelity", columns);
  const distances = columns.map((column) => {
    const [a, b] = [real, synthetic].map((cells) => presentCells(column, cells));
    const isOrdered = ["real", "count", "ordinal"].includes(column.kind);
    return [column.name, (isOrdered ? kolmogorovSmirnov : totalVariation)(a, b)] as const;
  });
  const [a, b] = [real, synthetic].map((cells) => correlations(columns, cells));
  return {
    columns: Object.fromEntries(distances),
    marginals: mean(distances.map(([, distance]) => distance)),
    correlations: a.length === 0 ? 0 : mean(a.map((r, i) => Math.abs(r - b[i]))),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Cells of a column with NaN for those that are missing; probabilities of a binary column as the likelier value. */
function codes({ name, kind }: TableColumn, cells: TableCells): Float64Array {
  const given = cells[name] as TableCells[string] | undefined;
  if (given === undefined || given.data.length === 0) {
    throw new RangeError(
      `tableFidelity: tables must have cells of every column, got none of ${name}`,
    );
  }
  const values = Float64Array.from(given.data);
  if (kind === "real" || kind === "count") return values;
  return values.map((value) => (value < 0 ? NaN : Math.round(value)));
}

const presentCells = (column: TableColumn, cells: TableCells): Float64Array =>
  codes(column, cells).filter((value) => !Number.isNaN(value));

/** `sup |F - G|` of two samples. */
function kolmogorovSmirnov(a: Float64Array, b: Float64Array): number {
  const [x, y] = [a.toSorted(), b.toSorted()];
  let largest = 0;
  for (let i = 0, j = 0; i < x.length && j < y.length;) {
    const at = Math.min(x[i], y[j]);
    while (i < x.length && x[i] <= at) i++;
    while (j < y.length && y[j] <= at) j++;
    largest = Math.max(largest, Math.abs(i / x.length - j / y.length));
  }
  return largest;
}

/** `1/2 sum |p - q|` of the shares of values in two samples. */
function totalVariation(a: Float64Array, b: Float64Array): number {
  const shares = new Map<number, number>();
  for (const value of a) shares.set(value, (shares.get(value) ?? 0) + 1 / a.length);
  for (const value of b) shares.set(value, (shares.get(value) ?? 0) - 1 / b.length);
  return [...shares.values()].reduce((sum, difference) => sum + Math.abs(difference), 0) / 2;
}

/** Pearson's correlation of every pair of features of different columns. */
function correlations(columns: readonly TableColumn[], cells: TableCells): number[] {
  const features = columns.flatMap((column, place) => {
    const values = codes(column, cells);
    if (column.kind !== "categorical") return [{ place, values }];
    return (column.categories ?? []).map((_, category) => ({
      place,
      values: values.map((value) => (Number.isNaN(value) ? NaN : Number(value === category))),
    }));
  });
  return features.flatMap((a, i) =>
    features
      .slice(i + 1)
      .flatMap((b) => (a.place === b.place ? [] : [correlation(a.values, b.values)])),
  );
}

function correlation(a: Float64Array, b: Float64Array): number {
  const rows = Array.from(a.keys()).filter((i) => !Number.isNaN(a[i] + b[i]));
  const [x, y] = [rows.map((i) => a[i]), rows.map((i) => b[i])];
  const [mx, my] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    xy += (x[i] - mx) * (y[i] - my);
    xx += (x[i] - mx) ** 2;
    yy += (y[i] - my) ** 2;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0;
}
