import { describeValue } from "@elbo/common";
import { readBytes } from "#platform";
import { assemble } from "./arrays.ts";
import type { PartNames } from "./arrays.ts";
import { checkInteger, checkOptions } from "./check.ts";
import { readTable } from "./csvTable.ts";
import type { TableOptions } from "./csvTable.ts";
import type { Dataset } from "./dataset.ts";
import { naming } from "./fileSource.ts";
import type { FileSource } from "./fileSource.ts";
import { named } from "./fromNpy.ts";
import { splitOptionKeys } from "./select.ts";
import type { SplitOptions } from "./select.ts";
import type { Column } from "./tableColumns.ts";

/** How a table becomes examples, and how those are divided. */
export interface FromCsvOptions extends SplitOptions, TableOptions {}

const optionKeys = [
  ...splitOptionKeys,
  "delimiter",
  "encoding",
  "header",
  "label",
  "columns",
  "drop",
  "shape",
  "type",
] as const;

const caller = "fromCsv";

const names: PartNames = {
  split: `${caller}: table`,
  data: `${caller}: values`,
  shape: `${caller}: shape`,
  labels: `${caller}: labels`,
  factors: `${caller}: factors`,
};

/**
 * A set from a table of numbers, one example per line. Numbers are what NumPy's `float` takes and 32 bits hold.
 *
 * Labels that are whole numbers from 0 upwards are kept; any others are names, numbered in the order of their values where all
 * are numbers, else in alphabetical order of their code units. A row may have 2^22 characters, and labels 2^20 different values.
 *
 * @param file path, address or bytes of the file
 * @param options delimiter, encoding, header, columns, label column, shape and type of the values; part that becomes the test
 * split (0.1), seed (0)
 * @throws RangeError naming line and column of the first field that is not a number, or the limit that is exceeded
 */
export async function fromCsv(file: FileSource, options: FromCsvOptions = {}): Promise<Dataset> {
  checkCsvOptions(options);
  const bytes = await readBytes(file, caller);
  const { name, testFraction, seed } = named(file, options);
  return naming(caller, file, () => {
    const { split, classNames, columnNames } = readTable(bytes, options);
    return assemble(
      { caller, train: { split, names }, isOwn: true, columnNames },
      {
        ...(name === undefined ? {} : { name }),
        ...(testFraction === undefined ? {} : { testFraction }),
        ...(seed === undefined ? {} : { seed }),
        ...(classNames === undefined ? {} : { classNames }),
        layout: "nhwc",
      },
    );
  });
}

function checkColumn(column: unknown, name: string): void {
  if (typeof column !== "string") checkInteger(column, { least: 0 }, { caller, name });
}

function checkColumns(columns: readonly Column[] | undefined, name: string): void {
  if (columns === undefined) return;
  if (!Array.isArray(columns)) {
    throw new TypeError(
      `${caller}: ${name} must be a list of names or indices, got ${describeValue(columns)}`,
    );
  }
  columns.forEach((column, i) => {
    checkColumn(column, `${name}[${String(i)}]`);
  });
}

function checkEncoding(encoding: unknown): void {
  try {
    if (typeof encoding === "string") new TextDecoder(encoding);
    if (typeof encoding === "string" || encoding === undefined) return;
  } catch {
    // Refused below, in our words.
  }
  throw new RangeError(
    `${caller}: encoding must be one that TextDecoder knows, such as "utf-8" or "latin1", got ${describeValue(encoding)}`,
  );
}

function checkCsvOptions(options: FromCsvOptions): void {
  checkOptions(options, optionKeys, caller);
  const { delimiter = ",", type = "float32", shape, label, header, columns, drop } = options;
  checkEncoding(options.encoding);
  checkColumns(columns, "columns");
  checkColumns(drop, "drop");
  if (columns !== undefined && drop !== undefined) {
    throw new TypeError(
      `${caller}: drop must be left out when columns are chosen, got ${describeValue(drop)}`,
    );
  }
  if (label !== undefined) checkColumn(label, "label");
  if (typeof delimiter !== "string" || delimiter.length !== 1 || /["\r\n]/u.test(delimiter)) {
    throw new RangeError(
      `${caller}: delimiter must be one character other than quotes and line ends, got ${describeValue(delimiter)}`,
    );
  }
  if (!["uint8", "float32"].includes(type)) {
    throw new RangeError(
      `${caller}: type must be "uint8" or "float32", got ${describeValue(type)}`,
    );
  }
  if (header !== undefined && typeof header !== "boolean") {
    throw new TypeError(`${caller}: header must be true or false, got ${describeValue(header)}`);
  }
  if (shape !== undefined && !Array.isArray(shape)) {
    throw new TypeError(`${caller}: shape must be an array of sizes, got ${describeValue(shape)}`);
  }
  shape?.forEach((size, axis) => {
    checkInteger(size, { least: 1 }, { caller, name: `shape[${String(axis)}]` });
  });
}
