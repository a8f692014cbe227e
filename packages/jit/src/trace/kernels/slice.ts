import * as tf from "@tensorflow/tfjs-core";
import { arrayFor, constant } from "../../graph/operations/leaves.ts";
import { reshape, slice } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelTable } from "../kernel.ts";

/** A slice, or an empty constant, which needs no input. */
function sliceOrEmpty(x: Value, range: Parameters<typeof slice>[1]): Value {
  if (sizeOf(range.size) === 0) return constant(arrayFor(x.dtype, 0), range.size, x.dtype);
  return slice(x, range);
}

/** Consecutive pieces along an axis. */
function pieces(x: Value, axis: number, sizes: readonly number[]): Value[] {
  let at = 0;
  return sizes.map((length) => {
    const begin = x.shape.map((_, i) => (i === axis ? at : 0));
    at += length;
    return sliceOrEmpty(x, { begin, size: x.shape.with(axis, length) });
  });
}

/** Kernels that take parts of a tensor. */
export const sliceKernels: KernelTable = {
  FlipLeftRight: ({ input }) => reverse(input("image"), [2]),
  Reverse: ({ input, attributes }) => {
    const x = input("x");
    return reverse(x, tf.util.parseAxisParam(attributes.dims as number[], [...x.shape]));
  },
  Slice: ({ input, attributes }) => {
    const x = input("x");
    const [begin, size] = tf.slice_util.parseSliceParams(
      { shape: [...x.shape] } as tf.TensorInfo,
      attributes.begin as number[],
      attributes.size as number[],
    );
    tf.slice_util.assertParamsValid({ shape: [...x.shape] } as tf.TensorInfo, begin, size);
    return sliceOrEmpty(x, { begin, size });
  },
  SplitV: ({ input, attributes }) => {
    const x = input("x");
    const axis = tf.util.parseAxisParam(attributes.axis as number, [...x.shape])[0];
    const sizes = tf.backend_util.prepareSplitSize(
      { shape: [...x.shape] } as tf.Tensor,
      attributes.numOrSizeSplits as number[],
      axis,
    );
    return pieces(x, axis, sizes);
  },
  StridedSlice: ({ input, attributes }) => {
    const x = input("x");
    const a = attributes as Record<string, number[]> & Record<`${string}Mask`, number>;
    const info = tf.slice_util.sliceInfo(
      [...x.shape],
      a.begin,
      a.end,
      a.strides,
      a.beginMask,
      a.endMask,
      a.ellipsisMask,
      a.newAxisMask,
      a.shrinkAxisMask,
    );
    if (info.isIdentity) return reshape(x, info.finalShape);
    const size = tf.slice_util
      .computeOutShape(info.begin, info.end, info.strides)
      .map((n) => n + 0); // not -0
    const part = sliceOrEmpty(x, { begin: info.begin, size, strides: info.strides });
    return reshape(part, info.finalShape);
  },
  Unpack: ({ input, attributes }) => {
    const x = input("value");
    const axis = tf.util.parseAxisParam(attributes.axis as number, [...x.shape])[0];
    const shape = x.shape.toSpliced(axis, 1);
    const sizes = Array.from({ length: x.shape[axis] }, () => 1);
    return pieces(x, axis, sizes).map((piece) => reshape(piece, shape));
  },
};

function reverse(x: Value, axes: readonly number[]): Value {
  const begin = x.shape.map((d, i) => (axes.includes(i) ? d - 1 : 0));
  const strides = x.shape.map((_, i) => (axes.includes(i) ? -1 : 1));
  return sizeOf(x.shape) === 0 ? x : slice(x, { begin, size: x.shape, strides });
}
