import { readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { readBytes } from "#platform";
import { assemble } from "./arrays.ts";
import type { PartNames } from "./arrays.ts";
import { columnRule, csvOptions, refuseBoth } from "./csvOptions.ts";
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

const table = {
  ...splitTable,
  ...csvOptions,
  label: { rule: columnRule, default: undefined },
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
  refuseBoth(caller, readOptions(caller, table, options));
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
