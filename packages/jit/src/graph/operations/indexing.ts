import { makeValue, type Value } from "../value.ts";

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
