import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable, OptionValues } from "@elbo/common";
import { readBytes } from "#platform";
import { csvOptions, refuseBoth } from "./csvOptions.ts";
import type { TableOptions } from "./csvTable.ts";
import { csvRows } from "./formats/csv.ts";
import { naming } from "./fileSource.ts";
import type { FileSource } from "./fileSource.ts";
import { named } from "./fromNpy.ts";
import { isMissing } from "./number.ts";
import { divide, splitTable } from "./select.ts";
import type { SplitOptions } from "./select.ts";
import { assertFields, chooseColumns } from "./tableColumns.ts";
import { toCells } from "./tableKinds.ts";
import type { KindChoice, TableCells, TableColumn, TextColumn } from "./tableKinds.ts";

/** How a table is read and divided. */
export interface FromTableOptions
  extends SplitOptions, Pick<TableOptions, "delimiter" | "encoding" | "columns" | "drop"> {
  /** Whether the first line names the columns, the default; else they are called 0, 1, 2, ... */
  readonly header?: boolean;
  /** Texts that stand for a cell that is missing, besides nothing, `NaN` and `NA`. */
  readonly missing?: readonly string[];
  /** Kinds of columns whose cells do not tell, by name; a list of texts is the order of an ordinal column. */
  readonly kinds?: Readonly<Record<string, KindChoice>>;
}

/** The rows of a part of a table, a column each: what models of tables train on. */
export type TableSplit = Readonly<Record<string, TableCells>>;

/** A table whose columns have kinds of their own. */
export interface TableDataset {
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly train: TableSplit;
  readonly test: TableSplit;
}

const caller = "fromTable";
const isTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((text) => typeof text === "string");

const kindNames = ["real", "count", "binary", "categorical", "ordinal"];

const table = {
  ...splitTable,
  ...csvOptions,
  header: { rule: rules.boolean(), default: true },
  missing: { rule: rules.such<readonly string[]>("a list of texts", isTexts), default: [] },
  kinds: {
    rule: rules.such<Readonly<Record<string, KindChoice>>>(
      `an object of ${kindNames.join(", ")}, or a list of texts in order, by column`,
      (value) =>
        typeof value === "object" &&
        value !== null &&
        Object.values(value).every((kind) => isTexts(kind) || kindNames.includes(kind as string)),
    ),
    default: {},
  },
} satisfies OptionTable<FromTableOptions>;

/**
 * A table of numbers, words and missing cells, column by column: what kind each is, and its cells in numbers.
 *
 * Unless `kinds` says otherwise a column of numbers is real, or binary where they are 0 and 1; a column of words is binary where there are
 * two, else categorical. Cells that are missing are NaN in real, count and binary columns, -1 in the others.
 *
 * @param file path, address or bytes of a file of comma-separated values
 * @param options delimiter, encoding, columns, kinds, texts for missing cells; part that becomes the test split (0.1), seed (0)
 * @returns `columns` for a model, and `train` and `test` as `{ name: { data, shape: [rows] } }`
 * @throws RangeError naming line and column of a cell that is not of its kind, or a column without two values
 */
export async function fromTable(
  file: FileSource,
  options: FromTableOptions = {},
): Promise<TableDataset> {
  const checked = readOptions(caller, table, options);
  refuseBoth(caller, checked);
  const bytes = await readBytes(file, caller);
  return naming(caller, file, () => {
    const texts = readTexts(bytes, checked);
    const { kinds } = checked;
    const unknown = Object.keys(kinds).find((name) => !texts.some((text) => text.name === name));
    if (unknown !== undefined) {
      throw new RangeError(
        `kinds must name columns among ${describeValue(texts.map(({ name }) => name))}, got ${describeValue(unknown)}`,
      );
    }
    const read = texts.map((text) =>
      toCells(text, Object.hasOwn(kinds, text.name) ? kinds[text.name] : undefined),
    );
    const { train, test } = divide(texts[0].cells.length, options, caller);
    const part = (rows: Int32Array): TableSplit =>
      Object.fromEntries(read.map(({ column, cells }) => [column.name, pick(cells, rows)]));
    return {
      name: named(file, options).name ?? "",
      columns: read.map(({ column }) => column),
      train: part(train),
      test: part(test),
    };
  });
}

function pick({ data }: TableCells, rows: Int32Array): TableCells {
  const of = (i: number): number => data[i];
  const picked =
    data instanceof Int32Array ? Int32Array.from(rows, of) : Float32Array.from(rows, of);
  return { data: picked, shape: [rows.length] };
}

/** The cells of the chosen columns as texts without blanks around them. */
function readTexts(bytes: Uint8Array, options: OptionValues<typeof table>): TextColumn[] {
  const { delimiter, encoding, header, missing } = options;
  const rows = [...csvRows(bytes, delimiter, encoding)];
  const body = header ? rows.slice(1) : rows;
  if (body.length === 0) throw new RangeError("table must have at least one row, got none");
  const columns = chooseColumns(rows[0].fields, header, options);
  const absent = new Set([...missing, "NA"]);
  for (const row of body) assertFields(row, columns);
  const lines = body.map(({ line }) => line);
  return columns.values.map((at) => ({
    name: columns.names?.[at] ?? String(at),
    lines,
    cells: body.map(({ fields }) => {
      const text = fields[at].trim();
      return isMissing(text) || absent.has(text) ? undefined : text;
    }),
  }));
}
