/** Codes as people hand them in to train a prior, as rows of its columns. */
import { describeValue } from "@elbo/common";
import * as tf from "@tensorflow/tfjs-core";
import type { NdArray } from "@elbo/jit";
import { arrayRows } from "../data/arrayRows.ts";
import { labelName, readCodesOf, readGiven } from "../priors/givenColumns.ts";
import type { GivenValues } from "../priors/givenColumns.ts";
import type { CodePrior } from "../priors/prior.ts";
import { sizeOf } from "../shape.ts";
import type { Rows } from "../step/rows.ts";

/** What was handed in, by name. */
export type CodesRecord = Readonly<Record<string, unknown>>;

/** Codes `{ data, shape }`, with `labels` beside, or a record, as a record. */
export function recordOf(fn: string, data: unknown): CodesRecord {
  if (typeof data !== "object" || data === null) {
    throw new TypeError(
      `${fn}: data must be codes { data, shape }, or a record of codes and what the prior is told, got ${describeValue(data)}`,
    );
  }
  if (data instanceof tf.Tensor) return { codes: data };
  if (!("data" in data && "shape" in data)) return data as CodesRecord;
  const { data: values, shape, ...rest } = data as CodesRecord;
  return { ...rest, codes: { data: values, shape } };
}

/**
 * Codes of one prior, checked: `[n, ...positions]`.
 *
 * @throws TypeError or RangeError for another shape, or a code that its codebook does not have
 */
export async function readOwnCodes(
  at: { readonly fn: string; readonly name: string },
  prior: CodePrior,
  value: unknown,
): Promise<NdArray<Int32Array>> {
  const { positions, codebookSize, codebookSizes = [codebookSize] } = prior;
  const spec = { shape: positions, limit: codebookSize };
  const data = await readCodesOf(at, value, { spec });
  const bad = data.findIndex((code, i) => code >= codebookSizes[i % codebookSizes.length]);
  if (bad >= 0) {
    throw new RangeError(
      `${at.fn}: ${at.name} must be below the size of their codebook (${codebookSizes[bad % codebookSizes.length]}), got ${data[bad]} at ${bad}`,
    );
  }
  return { data, shape: [data.length / sizeOf(positions), ...positions] };
}

/** What stands beside codes. */
export interface Beside extends GivenValues {
  readonly weights?: unknown;
}

/**
 * Rows of the codes of a prior, or of several levels, and of what it is told.
 *
 * @param codes checked, by column
 */
export async function codeRows(
  fn: string,
  told: Pick<CodePrior, "kind" | "given" | "columns">,
  { codes, beside }: { readonly codes: Readonly<Record<string, NdArray>>; readonly beside: Beside },
): Promise<Rows> {
  const { label, labels, weights, ...levels } = beside;
  const specs = told.given ?? {};
  const [{ shape }] = Object.values(codes);
  const ofClass = Object.hasOwn(specs, labelName) ? { labels: labels ?? label } : {};
  const values = { ...levels, ...ofClass };
  const given = await readGiven(fn, told, { values, count: shape[0] });
  const arrays = Object.entries(specs).map(
    ([name, spec]) => [name, { data: given[name], shape: [shape[0], ...spec.shape] }] as const,
  );
  return arrayRows(fn, told.columns, {
    ...codes,
    ...Object.fromEntries(arrays),
    ...(labels === undefined ? {} : { labels: listIn(labels) }),
    ...(weights === undefined ? {} : { weights }),
  });
}

const listIn = (labels: unknown): unknown =>
  typeof labels === "object" && labels !== null && "data" in labels ? labels.data : labels;
