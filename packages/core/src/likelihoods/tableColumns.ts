import { assertInteger, describeValue } from "@elbo/common";
import { bernoulliLikelihood } from "./bernoulli.ts";
import { categoricalLikelihood } from "./categorical.ts";
import { countLikelihood } from "./count.ts";
import { gaussianLikelihood } from "./gaussian.ts";
import type { ExampleSpec, Likelihood } from "./likelihood.ts";
import { ordinalLikelihood } from "./ordinal.ts";
import { withMissing } from "./withMissing.ts";

/** A column of a table: what `fromTable` of `@elbo/datasets` says of it. */
export interface TableColumn {
  readonly name: string;
  /** Numbers, counts, one of two values, one of several, or one of several in an order. */
  readonly kind: "real" | "count" | "binary" | "categorical" | "ordinal";
  /** What the values 0, 1, 2, ... of a column of choices are called. */
  readonly categories?: readonly string[];
  /** Whether cells may be missing: NaN in a real, count or binary column, -1 in the others. Default false. */
  readonly missing?: boolean;
}

/** How the columns of a table are explained. */
export interface TableOptions {
  /** Standard deviation of real columns: learned, one per column (`"global"`, default), or one that the decoder gives for every cell (`"pixel"`). */
  readonly scale?: "global" | "pixel";
}

/** Columns as people write them, and what a model keeps of them in its file. */
const kinds = ["real", "count", "binary", "categorical", "ordinal"] as const;

/** What stands beside the columns of examples. */
const reserved = ["labels", "weights", "factors"];

/**
 * The example of a table: a Gaussian of standardized values with a learned variance for every real column, a Bernoulli for
 * every binary one, a Poisson for counts, a categorical or ordinal likelihood for the others; cells that may be missing are masked.
 *
 * @throws TypeError or RangeError naming the column that is not as it must be
 */
export function tableExample(
  fn: string,
  columns: readonly TableColumn[],
  options: TableOptions = {},
): ExampleSpec {
  assertColumns(fn, columns);
  return Object.fromEntries(
    columns.map((column) => {
      const likelihood = likelihoodOf(column, options);
      return [column.name, column.missing === true ? withMissing(likelihood) : likelihood];
    }),
  );
}

function likelihoodOf({ kind, categories = [] }: TableColumn, options: TableOptions): Likelihood {
  const { scale = "global" } = options;
  if (kind === "real") return gaussianLikelihood([], { scale, standardize: true });
  if (kind === "count") return countLikelihood([]);
  if (kind === "binary") return bernoulliLikelihood([], { binarize: "none" });
  if (kind === "ordinal") return ordinalLikelihood([], { levels: categories.length });
  return categoricalLikelihood([], { classes: categories.length });
}

/** @throws TypeError or RangeError naming the column that is not as it must be */
export function assertColumns(fn: string, columns: unknown): asserts columns is TableColumn[] {
  if (!Array.isArray(columns) || columns.length === 0) {
    throw new TypeError(
      `${fn}: columns must be a list of at least one { name, kind, ... }, as fromTable gives it, got ${describeValue(columns)}`,
    );
  }
  const seen = new Set<string>();
  for (const column of columns as Partial<TableColumn>[]) {
    const { name, kind, categories } = column;
    if (typeof name !== "string" || name === "" || reserved.includes(name) || seen.has(name)) {
      throw new RangeError(
        `${fn}: names of columns must be different texts other than ${reserved.join(", ")}, got ${describeValue(name)}`,
      );
    }
    seen.add(name);
    if (!kinds.includes(kind as TableColumn["kind"])) {
      throw new RangeError(
        `${fn}: kind of ${name} must be one of ${kinds.join(", ")}, got ${describeValue(kind)}`,
      );
    }
    if (kind === "real" || kind === "count") continue;
    const count = Array.isArray(categories) ? categories.length : 0;
    assertInteger({ fn, name: `number of categories of ${name}` }, count, {
      min: 2,
      ...(kind === "binary" ? { max: 2 } : {}),
    });
  }
}
