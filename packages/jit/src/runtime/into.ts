/** Arrays of the caller's that take results. */
import { arrayFor } from "../graph/operations/leaves.ts";
import { sizeOf } from "../graph/shape.ts";
import type { DType, NdArray, TypedArray } from "../types.ts";

/** Arrays by output. */
export type Into = Readonly<Record<string, TypedArray>>;

/** What a program gives. */
export interface OutputType {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** A call that wants results in arrays of its own. */
export interface IntoRequest {
  readonly into: Into;
  readonly feeds: Readonly<Record<string, TypedArray>>;
  readonly outputs: readonly OutputType[];
}

/**
 * Checks arrays that are to take results.
 *
 * @throws RangeError naming the output, the rule and what was given
 */
export function checkInto(fn: string, { into, feeds, outputs }: IntoRequest): void {
  const others = Object.entries(feeds).map(([name, array]): [string, TypedArray] => [
    `feed "${name}"`,
    array,
  ]);
  for (const [name, array] of Object.entries(into)) {
    const output = outputs.find((candidate) => candidate.name === name);
    if (!output) {
      const known = outputs.map((candidate) => candidate.name).join(", ");
      throw new RangeError(
        `${fn}: into must name outputs that are computed (${known}), got "${name}"`,
      );
    }
    const wanted = describeWanted(output, array);
    if (wanted) throw new RangeError(`${fn}: into["${name}"] must be ${wanted}`);
    const other = others.find((candidate) => overlap(candidate[1], array));
    if (other) {
      throw new RangeError(
        `${fn}: into["${name}"] must have memory of its own, got that of ${other[0]}`,
      );
    }
    others.push([`into["${name}"]`, array]);
  }
}

/** What an array should be and is; `undefined` when it fits. */
function describeWanted({ dtype, shape }: OutputType, array: unknown): string | undefined {
  const kind = arrayFor(dtype, 0).constructor as new () => TypedArray;
  const length = sizeOf(shape);
  if (array instanceof kind && array.length === length) return undefined;
  const got = ArrayBuffer.isView(array)
    ? `a ${array.constructor.name} of ${array.byteLength} bytes`
    : typeof array;
  return `a ${kind.name} of ${length} values ([${shape.join(", ")}]), got ${got}`;
}

function overlap(a: TypedArray, b: TypedArray): boolean {
  const end = (array: TypedArray): number => array.byteOffset + array.byteLength;
  return a.buffer === b.buffer && a.byteOffset < end(b) && b.byteOffset < end(a);
}

/** A result as it is returned: in the caller's array if there is one. */
export function handOver(name: string, { data, shape }: NdArray, into: Into | undefined): NdArray {
  const own = into?.[name];
  if (!own) return { data, shape };
  own.set(data);
  return { data: own, shape };
}
