import { reducedShape } from "../shape.ts";
import { makeValue, type Value } from "../value.ts";

/** Reductions over axes. `reduceAll` and `reduceAny` are over booleans. */
export type Reduction = "reduceSum" | "reduceMax" | "reduceMin" | "reduceProd" | "reduceMean";

/** Which axes a reduction removes. */
export interface ReductionAxes {
  /** Non-negative, without duplicates; none leaves the value as it is. */
  readonly axes: readonly number[];
  /** Default false. */
  readonly keepDims?: boolean;
}

/** Reduces over the given axes. */
export function reduce(op: Reduction, x: Value, { axes, keepDims = false }: ReductionAxes): Value {
  if (axes.length === 0) return x;
  return makeValue(
    { op, inputs: [x], attributes: { axes, keepDims } },
    { shape: reducedShape(x.shape, axes, keepDims), dtype: x.dtype },
  );
}

/** Index of the smallest or largest element along an axis, the lowest on ties; the axis is removed. */
export function argExtreme(op: "argMin" | "argMax", x: Value, axis: number): Value {
  return makeValue(
    { op, inputs: [x], attributes: { axis } },
    { shape: reducedShape(x.shape, [axis], false), dtype: "int32" },
  );
}
