import { sizeOf } from "../shape.ts";
import { makeValue, type Value } from "../value.ts";
import { less } from "./arithmetic.ts";
import { binary, select } from "./elementwise.ts";
import { scalar } from "./leaves.ts";
import { expand, slice } from "./reshape.ts";

/** Takes the elements at `indices` along an axis: `[a.., n, b..], [i..] -> [a.., i.., b..]`. Indices must be in range. */
export function gather(x: Value, indices: Value, axis: number): Value {
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return makeValue(
    { op: "gather", inputs: [x, indices], attributes: { axis } },
    { shape, dtype: x.dtype },
  );
}

/** What {@link scatterRows} takes. */
export interface ScatteredRows {
  /** `[rows, ...]` */
  readonly into: Value;
  /** Row numbers `[n]`, int32, in range. */
  readonly rows: Value;
  /** `[n, ...]` */
  readonly updates: Value;
  /** `"add"` sums into the row, exactly also for rows that occur twice; `"set"` replaces it. */
  readonly mode: "add" | "set";
}

/** Adds or writes rows: `into[rows[i]] += updates[i]`. */
export function scatterRows({ into, rows, updates, mode }: ScatteredRows): Value {
  return makeValue(
    { op: "scatterRows", inputs: [into, rows, updates], attributes: { mode } },
    { shape: into.shape, dtype: into.dtype },
  );
}

/** `count` rows that each sum the updates that name it, `[n, ...]` and `[n]`; numbers out of range name none. */
export function sumRows(updates: Value, rows: Value, count: number): Value {
  const rest = updates.shape.slice(1);
  if (sizeOf(updates.shape) === 0) return expand(scalar(0, updates.dtype), [count, ...rest]);
  // One more row takes what belongs nowhere, so that the sum needs no condition on every element.
  const outside = binary("or", less(rows, 0), binary("greaterEqual", rows, scalar(count, "int32")));
  const places = select(outside, scalar(count, "int32"), rows);
  const into = expand(scalar(0, updates.dtype), [count + 1, ...rest]);
  const sums = scatterRows({ into, rows: places, updates, mode: "add" });
  return slice(sums, { begin: sums.shape.map(() => 0), size: [count, ...rest] });
}
