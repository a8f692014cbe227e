import { readBytes } from "#platform";
import { checkInteger, checkOptions } from "./check.ts";
import type { Dataset, Split } from "./dataset.ts";
import { describe } from "./describe.ts";
import { decodeCsv } from "./formats/csv.ts";
import { fromArrays } from "./fromArrays.ts";
import { nameOf, naming } from "./fromNpy.ts";
import type { FileSource } from "./fromNpy.ts";
import type { SplitOptions } from "./select.ts";

/** How a table becomes examples. */
export interface FromCsvOptions extends SplitOptions {
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

const optionKeys = [
  "name",
  "testFraction",
  "seed",
  "delimiter",
  "header",
  "label",
  "shape",
  "type",
] as const;

const caller = "fromCsv";

/**
 * A set from a table of numbers, one example per line.
 *
 * Labels that are whole numbers from 0 upwards are kept; any others are names, numbered in alphabetical order of
 * their code units.
 *
 * @param file path, address or bytes of the file in UTF-8
 * @param options delimiter, header, label column, shape and type of the values; part that becomes the test split (0.1), seed (0)
 * @throws RangeError naming line and column of the first field that is not a number
 */
export async function fromCsv(file: FileSource, options: FromCsvOptions = {}): Promise<Dataset> {
  checkCsvOptions(options);
  const { name = nameOf(file), testFraction, seed } = options;
  const bytes = await readBytes(file, caller);
  const { split, classNames } = naming(caller, file, () =>
    readTable(decodeCsv(new TextDecoder().decode(bytes), options.delimiter ?? ","), options),
  );
  return fromArrays(split, {
    name,
    ...(testFraction === undefined ? {} : { testFraction }),
    ...(seed === undefined ? {} : { seed }),
    ...(classNames === undefined ? {} : { classNames }),
  });
}

function checkCsvOptions(options: FromCsvOptions): void {
  checkOptions(options, optionKeys, caller);
  const { delimiter = ",", type = "float32", shape, label, header } = options;
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/u.test(delimiter)) {
    throw new RangeError(
      `${caller}: delimiter must be one character other than quotes and line ends, got ${describe(delimiter)}`,
    );
  }
  if (!["uint8", "float32"].includes(type)) {
    throw new RangeError(`${caller}: type must be "uint8" or "float32", got ${describe(type)}`);
  }
  if (label !== undefined && typeof label !== "string") {
    checkInteger(label, { least: 0 }, { caller, name: "label" });
  }
  if (header !== undefined && typeof header !== "boolean") {
    throw new TypeError(`${caller}: header must be true or false, got ${describe(header)}`);
  }
  if (shape !== undefined && !Array.isArray(shape)) {
    throw new TypeError(`${caller}: shape must be an array of sizes, got ${describe(shape)}`);
  }
  shape?.forEach((size, axis) => {
    checkInteger(size, { least: 1 }, { caller, name: `shape[${String(axis)}]` });
  });
}

function isNumber(field: string): boolean {
  return field.trim() !== "" && Number.isFinite(Number(field));
}

interface Table {
  readonly split: Split;
  readonly classNames: readonly string[] | undefined;
}

function readTable(lines: readonly (readonly string[])[], options: FromCsvOptions): Table {
  const { label, header } = options;
  const first = lines[0] ?? [];
  const labelAt = (columns: number): number | undefined =>
    typeof label === "number" && label < columns ? label : undefined;
  const hasHeader =
    header ?? first.some((field, column) => !isNumber(field) && column !== labelAt(first.length));
  const body = hasHeader ? lines.slice(1) : lines;
  if (body.length === 0) throw new RangeError("table must have at least one line, got none");
  const labelColumn = findLabel(label, hasHeader ? first : undefined, first.length);
  const columns = first.map((_, column) => column).filter((column) => column !== labelColumn);
  const perExample = options.shape ?? [columns.length];
  const needed = perExample.reduce((product, size) => product * size, 1);
  if (needed !== columns.length || columns.length === 0) {
    throw new RangeError(
      `shape ${describe(perExample)} must have as many values as a line, got ${String(columns.length)} columns`,
    );
  }
  const data = readValues(body, columns, { ...options, firstLine: hasHeader ? 2 : 1 });
  const split = { data, shape: [body.length, ...perExample] };
  if (labelColumn === undefined) return { split, classNames: undefined };
  const { labels, classNames } = readLabels(body.map((line) => line[labelColumn] ?? ""));
  return { split: { ...split, labels }, classNames };
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
      `label must be a column of ${describe(header ?? `${String(columns)} columns`)}, got ${describe(label)}`,
    );
  }
  return column;
}

function readValues(
  lines: readonly (readonly string[])[],
  columns: readonly number[],
  { type = "float32", firstLine }: FromCsvOptions & { readonly firstLine: number },
): Uint8Array | Float32Array {
  const length = lines.length * columns.length;
  const data = type === "uint8" ? new Uint8Array(length) : new Float32Array(length);
  const fields = lines[0].length;
  let at = 0;
  lines.forEach((line, i) => {
    const place = `in line ${String(i + firstLine)}`;
    if (line.length !== fields) {
      throw new RangeError(
        `every line must have ${String(fields)} fields, got ${String(line.length)} ${place}`,
      );
    }
    for (const column of columns) {
      const field = line[column];
      const value = Number(field);
      const isByte = Number.isInteger(value) && value >= 0 && value <= 255;
      if (!isNumber(field) || (type === "uint8" && !isByte)) {
        const rule = type === "uint8" ? "a whole number from 0 to 255" : "a finite number";
        throw new RangeError(
          `every value must be ${rule}, got ${describe(field)} ${place}, column ${String(column)}`,
        );
      }
      data[at++] = value;
    }
  });
  return data;
}

function readLabels(fields: readonly string[]): {
  labels: Int32Array;
  classNames: readonly string[] | undefined;
} {
  const isWhole = (field: string): boolean => /^\s*\d{1,9}\s*$/u.test(field);
  if (fields.every(isWhole))
    return { labels: Int32Array.from(fields, Number), classNames: undefined };
  const classNames = [...new Set(fields)].sort();
  const indices = new Map(classNames.map((name, i) => [name, i]));
  return {
    labels: Int32Array.from(fields, (field) => indices.get(field) as number),
    classNames,
  };
}
