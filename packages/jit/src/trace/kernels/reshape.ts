import * as tf from "@tensorflow/tfjs-core";
import { constant, scalar } from "../../graph/operations/leaves.ts";
import { gather } from "../../graph/operations/indexing.ts";
import {
  concat,
  expand,
  pad,
  reshape,
  slice,
  tile,
  transpose,
} from "../../graph/operations/reshape.ts";
import { sameShape, sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelTable } from "../kernel.ts";

/** Kernels that rearrange tensors without computing. */
export const reshapeKernels: KernelTable = {
  BatchToSpaceND: ({ input, attributes }) => {
    const x = input("x");
    const block = attributes.blockShape as number[];
    const crops = attributes.crops as number[][];
    const n = block.length;
    const rest = x.shape.slice(n + 1);
    const spatial = x.shape.slice(1, n + 1);
    const batch = x.shape[0] / sizeOf(block);
    const split = reshape(x, [...block, batch, ...spatial, ...rest]);
    const perm = [n, ...spatial.flatMap((_, i) => [n + 1 + i, i])];
    const moved = transpose(split, [...perm, ...rest.map((_, i) => 2 * n + 1 + i)]);
    const whole = reshape(moved, [batch, ...spatial.map((d, i) => d * block[i]), ...rest]);
    const begin = [0, ...crops.map(([before]) => before), ...rest.map(() => 0)];
    const size = whole.shape.map((d, i) => {
      const crop = crops[i - 1];
      return crop ? d - crop[0] - crop[1] : d;
    });
    return slice(whole, { begin, size });
  },
  Concat: ({ inputs, attributes }) => {
    const axis = tf.util.parseAxisParam(attributes.axis as number, [...inputs[0].shape])[0];
    const shapes = inputs.map((x) => [...x.shape]);
    tf.backend_util.assertParamsConsistent(shapes, axis);
    const parts = inputs.filter((x) => sizeOf(x.shape) > 0);
    return parts.length > 0 ? concat(parts, axis) : concat(inputs, axis);
  },
  DepthToSpace: ({ input, attributes }) => {
    const x = input("x");
    const block = attributes.blockSize as number;
    if (attributes.dataFormat === "NHWC") return depthToSpace(x, block);
    return transpose(depthToSpace(transpose(x, [0, 2, 3, 1]), block), [0, 3, 1, 2]);
  },
  ExpandDims: ({ input, attributes }) => {
    const x = input("input");
    const rank = x.shape.length;
    const dim = attributes.dim as number;
    if (dim < -rank - 1 || dim > rank) {
      throw new RangeError(
        `jit: expandDims must be at an axis in [${-rank - 1}, ${rank}], got ${dim}`,
      );
    }
    return reshape(x, x.shape.toSpliced(dim < 0 ? rank + dim + 1 : dim, 0, 1));
  },
  MirrorPad: ({ input, attributes }) => {
    const edge = attributes.mode === "reflect" ? 0 : 1;
    const paddings = attributes.paddings as [number, number][];
    return paddings.reduce((x, [before, after], axis) => {
      if (before === 0 && after === 0) return x;
      const length = x.shape[axis];
      const indices = Int32Array.from({ length: before + length + after }, (_, i) => {
        const at = i - before;
        if (at < 0) return -at - edge;
        return at < length ? at : 2 * (length - 1) - at + edge;
      });
      return gather(x, constant(indices, [indices.length], "int32"), axis);
    }, input("x"));
  },
  Pack: ({ inputs, attributes }) => {
    const first = inputs[0];
    for (const x of inputs) {
      if (!sameShape(x.shape, first.shape) || x.dtype !== first.dtype) {
        const show = ({ shape, dtype }: Value): string => `${dtype} [${shape.join(", ")}]`;
        throw new RangeError(
          `jit: stacked tensors must have one shape and type (${show(first)}), got ${show(x)}`,
        );
      }
    }
    const rank = first.shape.length + 1;
    const axis = ((attributes.axis as number) + rank) % rank;
    const parts = inputs.map((x) => reshape(x, x.shape.toSpliced(axis, 0, 1)));
    return concat(parts, axis);
  },
  PadV2: ({ input, attributes }) => {
    const x = input("x");
    const paddings = attributes.paddings as [number, number][];
    const value = attributes.constantValue as number;
    const before = paddings.map(([n]) => n);
    const after = paddings.map(([, n]) => n);
    if (sizeOf(x.shape) > 0) return pad(x, { before, after, value });
    const shape = x.shape.map((d, i) => before[i] + d + after[i]);
    return expand(scalar(value, x.dtype), shape);
  },
  Reshape: ({ input, attributes }) => {
    const x = input("x");
    return reshape(
      x,
      tf.util.inferFromImplicitShape(attributes.shape as number[], sizeOf(x.shape)),
    );
  },
  SpaceToBatchND: ({ input, attributes }) => {
    const x = input("x");
    const block = attributes.blockShape as number[];
    const paddings = attributes.paddings as [number, number][];
    const n = block.length;
    const sides = (side: 0 | 1): number[] =>
      x.shape.map((_, i) => (i >= 1 && i <= n ? paddings[i - 1][side] : 0));
    const padded = pad(x, { before: sides(0), after: sides(1) });
    const [batch, ...rest] = padded.shape;
    const spatial = rest.splice(0, n).map((d, i) => d / block[i]);
    const split = reshape(padded, [batch, ...spatial.flatMap((d, i) => [d, block[i]]), ...rest]);
    const blocks = block.map((_, i) => 2 + 2 * i);
    const others = spatial.map((_, i) => 1 + 2 * i);
    const moved = transpose(split, [...blocks, 0, ...others, ...rest.map((_, i) => 2 * n + 1 + i)]);
    return reshape(moved, [batch * sizeOf(block), ...spatial, ...rest]);
  },
  Tile: ({ input, attributes }) => tile(input("x"), attributes.reps as number[]),
  Transpose: ({ input, attributes }) => transpose(input("x"), attributes.perm as number[]),
};

/** Blocks of channels become blocks of pixels, channels last. */
function depthToSpace(x: Value, block: number): Value {
  const [n, h, w, c] = x.shape;
  const depth = c / (block * block);
  const split = reshape(x, [n, h, w, block, block, depth]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [n, h * block, w * block, depth]);
}
