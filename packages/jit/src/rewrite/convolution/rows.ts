import { gather } from "../../graph/operations/indexing.ts";
import { constant } from "../../graph/operations/leaves.ts";
import { pad, reshape } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { Layer } from "./layer.ts";

/** With fewer channels than this, slices of whole images move faster than rows one by one. */
const fewestChannels = 16;

/** Whether rows of so many numbers are worth moving one by one. */
export function isWide(channels: number): boolean {
  return channels >= fewestChannels;
}

/** Which rows to take. */
export interface RowTable {
  /** Tells this table from the others of a layer. */
  readonly name: string;
  /** The row for every place of the result, `undefined` for zeros. */
  readonly rows: () => (number | undefined)[];
}

/** `[N, ..., C] -> [N, rows, C]`: rows of every example by number, one operation that uses all threads. */
export function takeRows(x: Value, table: RowTable, layer: Layer): Value {
  const [batch, ...rest] = x.shape;
  const channels = rest.pop() as number;
  const count = sizeOf(rest);
  const flat = reshape(x, [batch, count, channels]);
  const numbers = numbersOf(table, layer, count);
  const data = numbers.node.data as Int32Array;
  if (data.length === count && data.every((row, i) => row === i)) return flat;
  const zeros = data.includes(count) ? 1 : 0;
  return gather(pad(flat, { before: [0, 0, 0], after: [0, zeros, 0] }), numbers, 1);
}

/** Row numbers as a constant; the row after the last is one of zeros. Layers of one geometry share it. */
function numbersOf({ name, rows }: RowTable, layer: Layer, count: number): Value {
  const { image, filter, strides, output, before, tables } = layer;
  const key = [name, image, filter, strides, output, before].join("|");
  const known = tables.get(key);
  if (known) return known;
  const numbers = Int32Array.from(rows(), (row) => row ?? count);
  const value = constant(numbers, [numbers.length], "int32");
  tables.set(key, value);
  return value;
}
