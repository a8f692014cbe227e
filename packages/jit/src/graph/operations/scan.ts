import { makeNode, makeValue, type Value } from "../value.ts";

/** How {@link cumSum} runs. */
export interface ScanOptions {
  readonly axis: number;
  /** Whether an element is left out of its own sum. Default false. */
  readonly exclusive?: boolean;
  /** Whether to sum from the end. Default false. */
  readonly reverse?: boolean;
}

/** Sums of all elements up to each along an axis. */
export function cumSum(x: Value, { axis, exclusive = false, reverse = false }: ScanOptions): Value {
  return makeValue(
    { op: "cumSum", inputs: [x], attributes: { axis, exclusive, reverse } },
    { shape: x.shape, dtype: x.dtype },
  );
}

/** The `k` largest elements of the last axis in descending order and their indices (int32), the lowest first on ties. */
export function topK(x: Value, k: number): { readonly values: Value; readonly indices: Value } {
  const shape = [...x.shape.slice(0, -1), k];
  const [values, indices] = makeNode({ op: "topK", inputs: [x], attributes: { k } }, [
    { shape, dtype: x.dtype },
    { shape, dtype: "int32" },
  ]).outputs;
  return { values, indices };
}

/** `exp(x) / sum(exp(x))` over the last axis. */
export function softmax(x: Value): Value {
  return makeValue({ op: "softmax", inputs: [x] }, { shape: x.shape, dtype: x.dtype });
}
