import { describeValue, readOptions, rules } from "@elbo/common";
import type { OptionTable } from "@elbo/common";
import { openNpyFile, readBytes } from "#platform";
import { namesOption } from "./arrays.ts";
import { checkLabels } from "./checkSplit.ts";
import { naming } from "./fileSource.ts";
import { decodeNpy, npyNumbers } from "./formats/npy.ts";
import type { NpyHeader } from "./formats/npy.ts";
import { named } from "./fromNpy.ts";
import { readLabels } from "./labels.ts";
import type { LabelsLike, ReadLabels } from "./labels.ts";
import { channelsLast, isChannelsFirst, layoutOption, toAxes } from "./layout.ts";
import type { Layout } from "./layout.ts";
import { divide, splitTable } from "./select.ts";
import type { SplitOptions } from "./select.ts";
import { storedSplit } from "./storedSplit.ts";
import type { ReadRow, StoredDataset, StoredSplit } from "./storedSplit.ts";
import { toValues } from "./values.ts";

/** How an NPY file is opened and divided. */
export interface OpenNpyOptions extends SplitOptions {
  /** Labels, or the path or address of an NPY file of them; they are kept in memory. */
  readonly labels?: LabelsLike | string | URL;
  /** Names of the classes that labels count. */
  readonly classNames?: readonly string[];
  /** Where the channels of images stand; last by default, and then there must be 1 to 4. `"nlc"` or `"ncl"` for signals. */
  readonly layout?: Layout;
}

const caller = "openNpy";

const table = {
  ...splitTable,
  labels: { rule: rules.any<LabelsLike | string | URL>(), default: undefined },
  classNames: namesOption,
  layout: layoutOption,
} satisfies OptionTable<OpenNpyOptions>;

/** Examples read at once; more do not make a disk faster. */
const width = 16;

/** The type of what a file holds, as examples; whole numbers of images may be bytes or not, which only all of them tell. */
function dtypeOf({ type, shape, isFortran }: NpyHeader): "uint8" | "float32" {
  if (isFortran && shape.length > 1) {
    throw new RangeError(
      `${caller}: examples must lie one behind the other, got Fortran order (np.ascontiguousarray)`,
    );
  }
  const kind = type.slice(1);
  if (kind === "u1") return "uint8";
  if (["f2", "f4", "f8", "b1"].includes(kind)) return "float32";
  throw new TypeError(
    `${caller}: values must be uint8, booleans or floats to stay in their file (convert them when saving), got ${describeValue(type)}`,
  );
}

function axesOf({ shape }: NpyHeader, layout: Layout | undefined): readonly number[] {
  if (shape.includes(0)) {
    throw new RangeError(`${caller}: shape must hold no 0, got ${describeValue([...shape])}`);
  }
  return toAxes(shape, layout, `${caller}: shape`);
}

async function labelsFrom(labels: OpenNpyOptions["labels"]): Promise<LabelsLike | undefined> {
  if (typeof labels !== "string" && !(labels instanceof URL)) return labels;
  const bytes = await readBytes(labels, caller);
  return naming(caller, labels, () => decodeNpy(bytes, "shared"));
}

function classesOf(
  labels: LabelsLike,
  count: number,
  known: readonly string[] | undefined,
): ReadLabels {
  const name = `${caller}: labels`;
  const read = readLabels([{ labels, count, name }], known);
  const { classNames } = read;
  checkLabels(read.labels[0], classNames ? { classNames } : {}, name);
  return read;
}

interface RowForm {
  readonly header: NpyHeader;
  /** Axes of the examples, channels last. */
  readonly axes: readonly number[];
  readonly layout: Layout | undefined;
}

/** Reads the values of an example and makes of them what `fromNpy` makes of all. */
function rowReader(
  readInto: (bytes: Uint8Array, offset: number) => Promise<void>,
  { header, axes, layout }: RowForm,
): ReadRow {
  const rowBytes = header.size / header.shape[0];
  const one = [1, ...axes.slice(1)];
  const isFirst = isChannelsFirst(header.shape, layout);
  return async (out, row) => {
    const isPlain = out instanceof Uint8Array && !isFirst;
    const bytes = isPlain ? out : new Uint8Array(rowBytes);
    await readInto(bytes, row * rowBytes);
    if (isPlain) return;
    const values = toValues(npyNumbers(bytes, header.type), { isImage: false, name: "values" });
    out.set(isFirst ? channelsLast(values, one) : values);
    const wrong = out instanceof Float32Array ? out.findIndex((x) => !Number.isFinite(x)) : -1;
    if (wrong >= 0) {
      throw new RangeError(
        `${caller}: values must be finite, got ${String(out[wrong])} in row ${String(row)} of the file`,
      );
    }
  };
}

/**
 * The set that `fromNpy` loads, left in its file: examples are read when they are asked for. The same options give the same
 * examples in the same order, byte by byte.
 *
 * @param file path or `file:` address of the file
 * @param options labels; part that becomes the test split (0.1), seed (0), layout, names
 * @returns splits to `read` examples from by their indices; to be closed in the end
 * @throws Error or RangeError when the file cannot be read or is damaged; reading throws for values that are not finite
 */
export async function openNpy(
  file: string | URL,
  options: OpenNpyOptions = {},
): Promise<StoredDataset> {
  readOptions(caller, table, options);
  if (!(file instanceof URL) && (typeof file !== "string" || file === "")) {
    throw new TypeError(
      `${caller}: file must be a path or a file: address, got ${describeValue(file)}`,
    );
  }
  const npy = await openNpyFile(file);
  try {
    const { header } = npy;
    const labels = await labelsFrom(options.labels);
    const { dtype, axes, classes } = naming(caller, file, () => ({
      dtype: dtypeOf(header),
      axes: axesOf(header, options.layout),
      classes: labels && classesOf(labels, header.shape[0], options.classNames),
    }));
    const [count, ...shape] = axes;
    const { train, test } = divide(count, options, caller);
    const readRow = rowReader(npy.readInto, { header, axes, layout: options.layout });
    const part = (rows: Int32Array): StoredSplit =>
      storedSplit({ caller, shape, dtype, rows, labels: classes?.labels[0], readRow, width });
    return {
      name: named(file, options).name ?? "",
      train: part(train),
      test: part(test),
      ...(classes?.classNames === undefined ? {} : { classNames: classes.classNames }),
      close: () => npy.close(),
    };
  } catch (error) {
    await npy.close();
    throw error;
  }
}
