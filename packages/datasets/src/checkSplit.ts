import { describeValue } from "@elbo/common";
import type { DatasetNames, Split } from "./dataset.ts";

/** How the parts of a split are called in messages, the public function in front. */
export interface PartNames {
  readonly split: string;
  readonly data: string;
  readonly shape: string;
  readonly labels: string;
  readonly factors: string;
}

/**
 * Refuses values that are not finite, and labels and factors outside of what they count.
 *
 * @param split arrays whose kinds and sizes are right
 * @param known names whose counts bound the labels and factors
 * @param names of the parts, for messages
 * @throws RangeError naming the first wrong value and its place
 */
export function checkSplit(split: Split, known: DatasetNames, names: PartNames): void {
  const { data, shape, labels, factors } = split;
  if (data instanceof Float32Array) checkFinite(data, names.data);
  if (labels !== undefined) checkLabels(labels, known, names.labels);
  if (factors !== undefined) checkFactors(factors, shape[0], { ...known, name: names.factors });
}

function checkFinite(data: Float32Array, name: string): void {
  for (let i = 0; i < data.length; i++) {
    if (Number.isFinite(data[i])) continue;
    throw new RangeError(`${name} must be finite, got ${String(data[i])} at ${String(i)}`);
  }
}

/**
 * Refuses labels that count no class.
 *
 * @param name argument, for messages
 */
export function checkLabels(
  labels: Uint8Array | Int32Array,
  { classNames }: DatasetNames,
  name: string,
): void {
  const limit = classNames?.length ?? Number.POSITIVE_INFINITY;
  const wrong = labels.findIndex((label) => label < 0 || label >= limit);
  if (wrong < 0) return;
  const rule = classNames
    ? `index the ${String(limit)} class names`
    : "count classes from 0 upwards";
  throw new RangeError(`${name} must ${rule}, got ${String(labels[wrong])} at ${String(wrong)}`);
}

function checkFactors(
  factors: Int32Array,
  count: number,
  { factorNames, factorSizes, name }: DatasetNames & { readonly name: string },
): void {
  if (factorNames === undefined) {
    const [caller] = name.split(": ");
    throw new RangeError(
      `${caller}: factorNames must name the columns of ${name.slice(caller.length + 2)}, got undefined`,
    );
  }
  const columns = factorNames.length;
  if (factors.length !== count * columns) {
    throw new RangeError(
      `${name} must hold ${String(columns)} values per example (${String(count * columns)}), got ${String(factors.length)}`,
    );
  }
  const wrong = factors.findIndex(
    (value, at) => value < 0 || value >= (factorSizes?.[at % columns] ?? Number.POSITIVE_INFINITY),
  );
  if (wrong < 0) return;
  throw new RangeError(
    `${name} must lie on the grid of ${describeValue(factorNames[wrong % columns])}, got ${String(factors[wrong])}`,
  );
}
