import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { readBytes } from "#platform";
import { assemble } from "./arrays.ts";
import type { PartNames } from "./arrays.ts";
import { readTable } from "./csvTable.ts";
import type { TableOptions } from "./csvTable.ts";
import type { Dataset } from "./dataset.ts";
import { naming } from "./fileSource.ts";
import type { FileSource } from "./fileSource.ts";
import { named } from "./fromNpy.ts";
import { splitTable } from "./select.ts";
import type { SplitOptions } from "./select.ts";

/** How a table becomes examples, and how those are divided. */
export interface FromCsvOptions extends SplitOptions, TableOptions {}

const column = rules.either(rules.text(), rules.integer({ min: 0 }));

const table = {
  ...splitTable,
  delimiter: {
    rule: rules.such<string>(
      "one character other than quotes and line ends",
      (value) => typeof value === "string" && value.length === 1 && !/["\r\n]/u.test(value),
    ),
    default: ",",
  },
  encoding: {
    rule: rules.such<string>('one that TextDecoder knows, such as "utf-8" or "latin1"', isEncoding),
    default: "utf-8",
  },
  header: { rule: rules.boolean(), default: undefined },
  label: { rule: column, default: undefined },
  columns: { rule: rules.list(column, { least: 0 }), default: undefined },
  drop: { rule: rules.list(column, { least: 0 }), default: undefined },
  shape: { rule: rules.sizes(), default: undefined },
  type: { rule: rules.oneOf(["uint8", "float32"]), default: "float32" },
} satisfies OptionTable<FromCsvOptions>;

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

function isEncoding(label: unknown): boolean {
  try {
    return typeof label === "string" && new TextDecoder(label).encoding !== "";
  } catch {
    return false;
  }
}

function checkCsvOptions(options: FromCsvOptions): void {
  const { columns, drop } = readOptions(caller, table, options);
  if (columns !== undefined && drop !== undefined) {
    throw new TypeError(
      `${caller}: drop must be left out when columns are chosen, got ${describeValue(drop)}`,
    );
  }
}
