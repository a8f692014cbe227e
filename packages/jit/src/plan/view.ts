/**
 * Values as places in memory: a buffer seen through an offset, dimensions and strides.
 *
 * A view lists the elements of a value in row-major order; its dimensions may be finer or coarser than the value's shape,
 * as long as they list the same elements in the same order. So a reshape is the view itself, and transposes, slices,
 * broadcasts and repetitions are other strides: nothing moves until a kernel needs the elements side by side.
 *
 * Dimensions are compared by their *chain*: the sizes of the row-major blocks that they end, innermost first.
 * [2, 3, 4] has the chain 4, 12, 24. Two lists of dimensions have a common refinement when their chains, merged, divide
 * one another in order.
 */
import { sizeOf } from "../graph/shape.ts";
import type { DType, TypedArray } from "../types.ts";

/** A piece of memory that holds one value. */
export interface Buffer {
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Where it lies: in the arena for some steps of the program, beside the program for good, in a variable, or where the caller of a run has it. */
  readonly place: "arena" | "constant" | "state" | "apart";
  /** What it is, for people. */
  readonly label: string;
  /** The values of a constant. */
  readonly data?: TypedArray;
  /** The variable's number. */
  readonly state?: number;
}

/** Elements of a buffer in an order; see the head of this file. */
export interface View {
  readonly buffer: Buffer;
  /** In elements. */
  readonly offset: number;
  readonly dims: readonly number[];
  readonly strides: readonly number[];
}

/** The elements as they lie. */
export function wholeView(buffer: Buffer): View {
  return { buffer, offset: 0, dims: [buffer.size], strides: [1] };
}

/** The chain of a list of dimensions. */
export function chainOf(dims: readonly number[]): number[] {
  const chain: number[] = [];
  let block = 1;
  for (let i = dims.length - 1; i >= 0; i--) {
    if (dims[i] === 1) continue;
    block *= dims[i];
    chain.push(block);
  }
  return chain;
}

/** The dimensions of a chain, outermost first. */
export function dimsOf(chain: readonly number[]): number[] {
  return chain.map((block, i) => block / (chain[i - 1] ?? 1)).reverse();
}

/** The coarsest chain finer than both, if there is one. */
export function mergeChains(a: readonly number[], b: readonly number[]): number[] | undefined {
  const merged = [...new Set([...a, ...b])].sort((x, y) => x - y);
  const divides = merged.every((block, i) => i === 0 || block % merged[i - 1] === 0);
  return divides ? merged : undefined;
}

/** Strides of a view along the dimensions of a chain that is finer than its own. */
export function stridesAlong(view: View, chain: readonly number[]): number[] {
  const strides: number[] = [];
  let at = 0;
  let block = 1; // of the view's dimensions done so far
  for (let i = view.dims.length - 1; i >= 0; i--) {
    if (view.dims[i] === 1) continue;
    const end = block * view.dims[i];
    for (; at < chain.length && chain[at] <= end; at++) {
      strides.push((view.strides[i] * (chain[at - 1] ?? 1)) / block);
    }
    block = end;
  }
  return strides.reverse();
}

/** A view along each dimension of a shape: dimensions and strides that are finer than it, if there are such. */
export function alongShape(
  view: View,
  shape: readonly number[],
): { dims: number[]; strides: number[] }[] | undefined {
  const chain = mergeChains(chainOf(view.dims), chainOf(shape));
  if (!chain) return undefined;
  const dims = dimsOf(chain);
  const strides = stridesAlong(view, chain);
  let at = 0;
  return shape.map((length) => {
    const from = at;
    for (let size = 1; size < length; at++) size *= dims[at];
    return { dims: dims.slice(from, at), strides: strides.slice(from, at) };
  });
}

/** Merges neighbouring dimensions that are one in all the given lists of strides. */
export function collapse(
  dims: readonly number[],
  lists: readonly (readonly number[])[],
  mayMerge: (outer: number) => boolean = () => true,
): { dims: number[]; lists: number[][]; groups: number[] } {
  const merged: number[] = [];
  const strides: number[][] = lists.map(() => []);
  /** For each original dimension, the merged one that holds it. */
  const groups: number[] = [];
  dims.forEach((length, i) => {
    const last = merged.length - 1;
    const joins =
      last >= 0 &&
      mayMerge(i - 1) &&
      lists.every((list, k) => strides[k][last] === list[i] * length);
    if (joins) {
      merged[last] *= length;
      lists.forEach((list, k) => (strides[k][last] = list[i]));
    } else {
      merged.push(length);
      lists.forEach((list, k) => strides[k].push(list[i]));
    }
    groups.push(merged.length - 1);
  });
  return { dims: merged, lists: strides, groups };
}

/** A view with as few dimensions as it can have. */
export function simplest(view: View): View {
  const kept = view.dims.flatMap((length, i) => (length === 1 ? [] : [i]));
  const { dims, lists } = collapse(
    kept.map((i) => view.dims[i]),
    [kept.map((i) => view.strides[i])],
  );
  return { ...view, dims, strides: lists[0] };
}

/** Whether the elements lie side by side. */
export function isDense(view: View): boolean {
  const { dims, strides } = simplest(view);
  return dims.length === 0 || (dims.length === 1 && strides[0] === 1);
}

/** Number of elements that a view lists. */
export function viewSize(view: View): number {
  return sizeOf(view.dims);
}

/** The view under another order of its value's dimensions. */
export function transposed(
  view: View,
  shape: readonly number[],
  perm: readonly number[],
): View | undefined {
  const along = alongShape(view, shape);
  return (
    along &&
    joined(
      view,
      perm.map((p) => along[p]),
    )
  );
}

/** The view broadcast from one shape to another, NumPy's rules. */
export function broadcastView(
  view: View,
  from: readonly number[],
  to: readonly number[],
): View | undefined {
  const along = alongShape(view, from);
  const missing = to.length - from.length;
  return (
    along &&
    joined(
      view,
      to.map((length, i) =>
        i < missing || from[i - missing] !== length
          ? { dims: [length], strides: [0] }
          : along[i - missing],
      ),
    )
  );
}

/** The view repeated along every dimension. */
export function repeated(
  view: View,
  shape: readonly number[],
  repeats: readonly number[],
): View | undefined {
  const along = alongShape(view, shape);
  return (
    along &&
    joined(
      view,
      along.map(({ dims, strides }, i) => ({
        dims: [repeats[i], ...dims],
        strides: [0, ...strides],
      })),
    )
  );
}

/** What {@link sliced} takes from every dimension. */
export interface Taken {
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly strides: readonly number[];
}

/** Part of the view. */
export function sliced(view: View, shape: readonly number[], taken: Taken): View | undefined {
  const along = alongShape(view, shape);
  if (!along) return undefined;
  let offset = view.offset;
  const parts: { dims: readonly number[]; strides: readonly number[] }[] = [];
  for (const [i, part] of along.entries()) {
    const [begin, size, step] = [taken.begin[i], taken.size[i], taken.strides[i]];
    if (size === shape[i] && step === 1) {
      parts.push(part);
    } else if (part.dims.length <= 1) {
      const stride = part.strides[0] ?? 0;
      offset += begin * stride;
      parts.push({ dims: [size], strides: [stride * step] });
    } else {
      return undefined;
    }
  }
  return joined({ ...view, offset }, parts);
}

function joined(
  view: View,
  parts: readonly { readonly dims: readonly number[]; readonly strides: readonly number[] }[],
): View {
  return simplest({
    ...view,
    dims: parts.flatMap(({ dims }) => dims),
    strides: parts.flatMap(({ strides }) => strides),
  });
}
