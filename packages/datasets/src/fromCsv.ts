import { describeValue } from "@elbo/common";
import { readBytes } from "#platform";
import { checkInteger, checkOptions } from "./check.ts";
import { readTable } from "./csvTable.ts";
import type { TableOptions } from "./csvTable.ts";
import type { Dataset } from "./dataset.ts";
import { fromArrays } from "./fromArrays.ts";
import { nameOf, naming } from "./fromNpy.ts";
import type { FileSource } from "./fromNpy.ts";
import type { SplitOptions } from "./select.ts";

/** How a table becomes examples, and how those are divided. */
export interface FromCsvOptions extends SplitOptions, TableOptions {}

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
 * their code units. A row may have 2^22 characters, and labels 2^20 different values.
 *
 * @param file path, address or bytes of the file in UTF-8
 * @param options delimiter, header, label column, shape and type of the values; part that becomes the test split (0.1), seed (0)
 * @throws RangeError naming line and column of the first field that is not a number, or the limit that is exceeded
 */
export async function fromCsv(file: FileSource, options: FromCsvOptions = {}): Promise<Dataset> {
  checkCsvOptions(options);
  const { name = nameOf(file), testFraction, seed } = options;
  const bytes = await readBytes(file, caller);
  const { split, classNames } = naming(caller, file, () => readTable(bytes, options));
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
      `${caller}: delimiter must be one character other than quotes and line ends, got ${describeValue(delimiter)}`,
    );
  }
  if (!["uint8", "float32"].includes(type)) {
    throw new RangeError(
      `${caller}: type must be "uint8" or "float32", got ${describeValue(type)}`,
    );
  }
  if (label !== undefined && typeof label !== "string") {
    checkInteger(label, { least: 0 }, { caller, name: "label" });
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
