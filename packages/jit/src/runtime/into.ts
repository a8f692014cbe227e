/** Arrays of the caller's that take results. */
import { describeValue } from "@elbo/common";
import { arrayKinds } from "../graph/operations/leaves.ts";
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
  for (const name in into) {
    const output = outputs.find((candidate) => candidate.name === name);
    if (!output) {
      const known = outputs.map((candidate) => candidate.name).join(", ");
      throw new RangeError(
        `${fn}: into must name outputs that are computed (${known}), got "${name}"`,
      );
    }
    const wanted = describeWanted(output, into[name]);
    if (wanted) throw new RangeError(`${fn}: into["${name}"] must be ${wanted}`);
    const other = sharer(name, into, feeds);
    if (other) {
      throw new RangeError(
        `${fn}: into["${name}"] must have memory of its own, got that of ${other}`,
      );
    }
  }
}

/** A feed or an array before it that an array shares memory with. */
function sharer(name: string, into: Into, feeds: IntoRequest["feeds"]): string | undefined {
  for (const feed in feeds) if (overlap(feeds[feed], into[name])) return `feed "${feed}"`;
  for (const other in into) {
    if (other === name) return undefined;
    if (overlap(into[other], into[name])) return `into["${other}"]`;
  }
  return undefined;
}

/** What an array should be and is; `undefined` when it fits. */
function describeWanted({ dtype, shape }: OutputType, array: unknown): string | undefined {
  const kind = arrayKinds[dtype];
  const length = sizeOf(shape);
  if (array instanceof kind && array.length === length) return undefined;
  return `a ${kind.name} of ${length} values ([${shape.join(", ")}]), got ${describeValue(array)}`;
}

function overlap(a: TypedArray, b: TypedArray): boolean {
  if (a.buffer !== b.buffer) return false;
  return a.byteOffset < b.byteOffset + b.byteLength && b.byteOffset < a.byteOffset + a.byteLength;
}

/** A result as it is returned: in the caller's array if there is one. */
export function handOver(name: string, { data, shape }: NdArray, into: Into | undefined): NdArray {
  const own = into?.[name];
  if (!own) return { data, shape };
  own.set(data);
  return { data: own, shape };
}
