import * as tf from "@tensorflow/tfjs-core";
import { add, equal, less, mul } from "../../graph/operations/arithmetic.ts";
import { binary, cast, select } from "../../graph/operations/elementwise.ts";
import { gather, scatterRows, sumRows } from "../../graph/operations/indexing.ts";
import { constant, scalar } from "../../graph/operations/leaves.ts";
import { reduce } from "../../graph/operations/reduce.ts";
import { expand, reshape, transpose } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";
import { iota } from "./create.ts";

/** Where index vectors `[..., d]` point among the first `d` dimensions of a shape, counted in rows. */
function flatIndices(indices: Value, shape: readonly number[]): Value {
  const depth = indices.shape.length === 0 ? 1 : (indices.shape.at(-1) as number);
  const strides = Int32Array.from({ length: depth }, (_, i) => sizeOf(shape.slice(i + 1, depth)));
  const vectors = reshape(indices, [sizeOf(indices.shape) / Math.max(depth, 1), depth]);
  const weighted = mul(vectors, constant(strides, [depth], "int32"));
  return reduce("reduceSum", weighted, { axes: [1] });
}

/** Rows of an output `[rows, slice]` that updates are written to. */
interface Scatter {
  readonly rows: Value;
  readonly updates: Value;
  readonly rowCount: number;
  readonly sliceSize: number;
}

function scatterOf(indices: Value, updates: Value, shape: readonly number[]): Scatter {
  const depth = indices.shape.length < 2 ? 1 : (indices.shape.at(-1) as number);
  const rowCount = sizeOf(shape.slice(0, depth));
  const sliceSize = sizeOf(shape.slice(depth));
  const count = sizeOf(indices.shape) / depth;
  const rows = flatIndices(reshape(indices, [count, depth]), shape);
  const whole = updates.shape.length === 0 ? expand(updates, [count * sliceSize]) : updates;
  return { rows, updates: reshape(whole, [count, sliceSize]), rowCount, sliceSize };
}

/** Replaces the rows that an update names. */
function replaceRows(base: Value, scatter: Scatter, shape: readonly number[]): Value {
  const { rows, updates, rowCount, sliceSize } = scatter;
  if (sizeOf(shape) === 0 || sizeOf(updates.shape) === 0) return expand(base, shape);
  const into = reshape(expand(base, shape), [rowCount, sliceSize]);
  return reshape(scatterRows({ into, rows, updates, mode: "set" }), shape);
}

/** Occurrences of every number below `size`, weighted when there are weights. */
function countNumbers(x: Value, weights: Value, size: number): Value {
  const count = sizeOf(x.shape);
  const ones = expand(scalar(1, weights.dtype), [count]);
  const updates = sizeOf(weights.shape) > 0 ? reshape(weights, [count]) : ones;
  return sumRows(updates, reshape(x, [count]), size);
}

function denseBincount({ input, attributes }: KernelCall): Value {
  const [x, weights] = [input("x"), input("weights")];
  const size = attributes.size as number;
  if (x.shape.length === 1) return countNumbers(x, weights, size);
  const [rows, columns] = x.shape;
  if (attributes.binaryOutput) {
    const hit = equal(reshape(x, [rows, columns, 1]), iota(size));
    return cast(reduce("reduceMax", cast(hit, "int32"), { axes: [1] }), weights.dtype);
  }
  const valid = binary("and", binary("greaterEqual", x, scalar(0, "int32")), less(x, size));
  const offset = mul(reshape(iota(rows), [rows, 1]), size);
  const places = select(valid, add(x, offset), scalar(-1, "int32"));
  return reshape(countNumbers(places, weights, rows * size), [rows, size]);
}

/** Kernels that take and put elements by index. */
export const indexingKernels: KernelTable = {
  Bincount: ({ input, attributes }) =>
    countNumbers(input("x"), input("weights"), attributes.size as number),
  DenseBincount: denseBincount,
  GatherNd: ({ input }) => {
    const [x, indices] = [input("params"), input("indices")];
    const depth = indices.shape.at(-1) ?? 0;
    if (x.shape.length < 1 || indices.shape.length < 1 || depth > x.shape.length) {
      throw new RangeError(
        `jit: gatherND must have indices [..., d] with d at most the rank, got [${indices.shape.join(", ")}] into [${x.shape.join(", ")}]`,
      );
    }
    const rest = x.shape.slice(depth);
    const rows = reshape(x, [sizeOf(x.shape.slice(0, depth)), ...rest]);
    const taken = gather(rows, flatIndices(indices, x.shape), 0);
    return reshape(taken, [...indices.shape.slice(0, -1), ...rest]);
  },
  GatherV2: ({ input, attributes }) => {
    const [x, indices] = [input("x"), cast(input("indices"), "int32")];
    const axis = tf.util.parseAxisParam(attributes.axis as number, [...x.shape])[0];
    const batchDims = (attributes.batchDims as number | undefined) ?? 0;
    const fake = (value: Value): tf.TensorInfo =>
      ({ shape: [...value.shape], rank: value.shape.length }) as unknown as tf.TensorInfo;
    const { outputShape, batchSize, outerSize, dimSize, sliceSize } =
      tf.backend_util.segment_util.collectGatherOpShapeInfo(
        fake(x),
        fake(indices),
        axis,
        batchDims,
      );
    if (batchDims === 0) return gather(x, indices, axis);
    // Rows of all batches under each other, the axis before the dimensions that lie between.
    const moved = transpose(reshape(x, [batchSize, outerSize, dimSize, sliceSize]), [0, 2, 1, 3]);
    const rows = reshape(moved, [batchSize * dimSize, outerSize, sliceSize]);
    const perBatch = reshape(indices, [batchSize, sizeOf(indices.shape) / batchSize]);
    const places = add(perBatch, mul(reshape(iota(batchSize), [batchSize, 1]), dimSize));
    return reshape(transpose(gather(rows, places, 0), [0, 2, 1, 3]), outputShape);
  },
  ScatterNd: ({ input, attributes }) => {
    const shape = attributes.shape as number[];
    const { rows, updates, rowCount } = scatterOf(input("indices"), input("updates"), shape);
    return reshape(sumRows(updates, rows, rowCount), shape);
  },
  SparseToDense: ({ input, attributes }) => {
    const shape = attributes.outputShape as number[];
    const values = input("sparseValues");
    const base = cast(input("defaultValue"), values.dtype);
    return replaceRows(base, scatterOf(input("sparseIndices"), values, shape), shape);
  },
  TensorScatterUpdate: ({ input }) => {
    const tensor = input("tensor");
    const scatter = scatterOf(input("indices"), input("updates"), tensor.shape);
    return replaceRows(tensor, scatter, tensor.shape);
  },
  UnsortedSegmentSum: ({ input, attributes }) => {
    const [x, ids] = [input("x"), cast(input("segmentIds"), "int32")];
    const count = attributes.numSegments as number;
    const merged = sizeOf(x.shape.slice(0, ids.shape.length));
    const rest = x.shape.slice(ids.shape.length);
    return sumRows(reshape(x, [merged, ...rest]), reshape(ids, [merged]), count);
  },
};
