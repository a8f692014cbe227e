import * as tf from "@tensorflow/tfjs";
import { scalar } from "../../graph/operations/leaves.ts";
import { expand, reshape, transpose } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { DType } from "../../types.ts";
import type { KernelTable } from "../kernel.ts";

/** Kernels that make or rearrange tensors without computing. */
export const reshapeKernels: KernelTable = {
  Fill: ({ attributes }) =>
    expand(
      scalar(attributes.value as number, (attributes.dtype as DType | undefined) ?? "float32"),
      attributes.shape as number[],
    ),
  OnesLike: ({ input }) => {
    const x = input("x");
    return expand(scalar(1, x.dtype), x.shape);
  },
  Reshape: ({ input, attributes }) => {
    const x = input("x");
    return reshape(
      x,
      tf.util.inferFromImplicitShape(attributes.shape as number[], sizeOf(x.shape)),
    );
  },
  Transpose: ({ input, attributes }) => transpose(input("x"), attributes.perm as number[]),
  ZerosLike: ({ input }) => {
    const x = input("x");
    return expand(scalar(0, x.dtype), x.shape);
  },
};
