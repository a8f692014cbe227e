/** What a prior is told besides the codes, as columns and as people hand it in. */
import { assertShape, describeValue } from "@elbo/common";
import type { NdArray } from "@elbo/jit";
import { toLabels } from "../data/examples.ts";
import { toNdArray } from "../ndArray.ts";
import { sizeOf } from "../shape.ts";
import type { ColumnSpecs } from "../step/columns.ts";
import type { CodePrior, GivenSpec, GivenSpecs } from "./prior.ts";

/** The name of the class among what a prior is told. */
export const labelName = "label";

/** The columns of what a prior is told. */
export const givenColumns = (given: GivenSpecs): ColumnSpecs =>
  Object.fromEntries(
    Object.entries(given).map(([name, { shape }]) => [name, { shape, dtype: "int32" as const }]),
  );

/** What was handed in, by name; `label` stands for one class for all, `labels` for one each. */
export interface GivenValues {
  readonly label?: unknown;
  readonly labels?: unknown;
  readonly [level: string]: unknown;
}

/**
 * What a prior is told of `count` examples, checked: int32 `[count, ...shape]` by name.
 *
 * @throws TypeError for something that it is not told, or lacks; RangeError for values out of range
 */
export async function readGiven(
  fn: string,
  { kind, given: specs = {} }: Pick<CodePrior, "kind" | "given">,
  { values, count }: { readonly values: GivenValues; readonly count: number },
): Promise<Record<string, Int32Array>> {
  const { label, labels, ...levels } = values;
  const told: Record<string, unknown> = { ...levels };
  if (labels !== undefined || label !== undefined) told[labelName] = labels ?? label;
  for (const [name, value] of Object.entries(told)) {
    if (value === undefined || Object.hasOwn(specs, name)) continue;
    const rule = name === labelName ? "must come with a prior of several classes" : "is not told";
    throw new TypeError(`${fn}: ${name} ${rule}, got ${describeValue(value)} for a ${kind}`);
  }
  const read: Record<string, Int32Array> = {};
  for (const [name, spec] of Object.entries(specs)) {
    if (told[name] === undefined) {
      throw new TypeError(`${fn}: ${name} must be given to this ${kind}, got none`);
    }
    read[name] =
      name === labelName
        ? readLabels(fn, told[name], { count, classes: spec.limit })
        : await readCodesOf({ fn, name }, told[name], { spec, count });
  }
  return read;
}

function readLabels(
  fn: string,
  value: unknown,
  rule: { readonly count: number; readonly classes: number },
): Int32Array {
  const isOne = typeof value === "number";
  const list = isOne ? new Float64Array(rule.count).fill(value) : value;
  return toLabels(list, { fn, name: isOne ? "label" : "labels", ...rule });
}

/**
 * Codes as they are handed in, checked: int32 `[count, ...shape]`.
 *
 * @throws TypeError for what are no integers, RangeError for another shape or a code out of range
 */
export async function readCodesOf(
  at: { readonly fn: string; readonly name: string },
  value: unknown,
  { spec, count }: { readonly spec: GivenSpec; readonly count?: number },
): Promise<Int32Array> {
  const array: NdArray = await toNdArray(at, value);
  assertShape(at, array.shape, [count ?? null, ...spec.shape]);
  return integersIn(at, array.data, spec.limit);
}

function integersIn(
  { fn, name }: { readonly fn: string; readonly name: string },
  data: NdArray["data"],
  limit: number,
): Int32Array {
  for (let i = 0; i < data.length; i++) {
    if (Number.isInteger(data[i]) && data[i] >= 0 && data[i] < limit) continue;
    throw new RangeError(
      `${fn}: ${name} must be integers in [0, ${limit}), got ${data[i]} at ${i}`,
    );
  }
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

/** Rows `[start, start + rows)` of what is told; those beyond the end repeat the last. */
export function givenBlock(
  prior: Pick<CodePrior, "given">,
  given: Readonly<Record<string, Int32Array>>,
  { start, rows, count }: { readonly start: number; readonly rows: number; readonly count: number },
): Record<string, Int32Array> {
  return Object.fromEntries(
    Object.entries(prior.given ?? {}).map(([name, { shape }]) => {
      const size = sizeOf(shape);
      const block = new Int32Array(rows * size);
      for (let row = 0; row < rows; row++) {
        const from = Math.min(start + row, count - 1) * size;
        block.set(given[name].subarray(from, from + size), row * size);
      }
      return [name, block];
    }),
  );
}
