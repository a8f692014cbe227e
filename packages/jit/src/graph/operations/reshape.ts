import { sameShape, sizeOf } from "../shape.ts";
import { makeValue, type Value } from "../value.ts";

/** The same elements under another shape. The same shape returns the value itself, and a reshape is looked through. */
export function reshape(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  if (x.node.op === "reshape") return reshape(x.node.inputs[0], shape);
  if (sizeOf(x.shape) !== sizeOf(shape)) {
    throw new RangeError(
      `internal: reshape of [${x.shape.join(", ")}] to [${shape.join(", ")}] changes the size`,
    );
  }
  return makeValue(
    { op: "reshape", inputs: [x], attributes: { shape } },
    { shape, dtype: x.dtype },
  );
}

/** Permutes dimensions: dimension `i` of the result is dimension `perm[i]` of `x`. The identity returns the value itself. */
export function transpose(x: Value, perm: readonly number[]): Value {
  if (perm.every((p, i) => p === i)) return x;
  const shape = perm.map((p) => x.shape[p]);
  return makeValue(
    { op: "transpose", inputs: [x], attributes: { perm } },
    { shape, dtype: x.dtype },
  );
}

/** Broadcasts to a shape, NumPy's rules. The same shape returns the value itself. */
export function expand(x: Value, shape: readonly number[]): Value {
  if (sameShape(x.shape, shape)) return x;
  return makeValue({ op: "expand", inputs: [x], attributes: { shape } }, { shape, dtype: x.dtype });
}

/** Repeats along every dimension. */
export function tile(x: Value, repeats: readonly number[]): Value {
  if (repeats.every((r) => r === 1)) return x;
  const shape = x.shape.map((d, i) => d * repeats[i]);
  return makeValue({ op: "tile", inputs: [x], attributes: { repeats } }, { shape, dtype: x.dtype });
}

/** Where a {@link slice} begins and how it steps, one number per dimension. */
export interface SliceRange {
  readonly begin: readonly number[];
  /** Number of elements taken. */
  readonly size: readonly number[];
  /** Default 1; may be negative, `begin` is then the last index. */
  readonly strides?: readonly number[];
}

/** Takes `size[i]` elements from `begin[i]` on, `strides[i]` apart, in every dimension. */
export function slice(x: Value, range: SliceRange): Value {
  const { begin, size, strides = begin.map(() => 1) } = range;
  if (sameShape(x.shape, size) && strides.every((s) => s === 1)) return x;
  return makeValue(
    { op: "slice", inputs: [x], attributes: { begin, size, strides } },
    { shape: size, dtype: x.dtype },
  );
}

/** How {@link pad} fills. */
export interface Padding {
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Default `"constant"`. */
  readonly mode?: "constant" | "reflect" | "edge";
  /** The constant, default 0. */
  readonly value?: number;
}

/** Adds elements around every dimension. */
export function pad(x: Value, padding: Padding): Value {
  const { before, after, mode = "constant", value = 0 } = padding;
  if ([...before, ...after].every((n) => n === 0)) return x;
  const shape = x.shape.map((d, i) => d + before[i] + after[i]);
  return makeValue(
    { op: "pad", inputs: [x], attributes: { before, after, mode, value } },
    { shape, dtype: x.dtype },
  );
}

/** Joins along one dimension. */
export function concat(parts: readonly Value[], axis: number): Value {
  const first = parts[0];
  if (parts.length === 1) return first;
  const length = parts.reduce((n, part) => n + part.shape[axis], 0);
  const shape = first.shape.map((d, i) => (i === axis ? length : d));
  return makeValue(
    { op: "concat", inputs: parts, attributes: { axis } },
    { shape, dtype: first.dtype },
  );
}
