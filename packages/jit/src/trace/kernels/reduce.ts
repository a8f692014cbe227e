import * as tf from "@tensorflow/tfjs";
import { reduce, type Reduction } from "../../graph/operations/reduce.ts";
import type { Kernel, KernelTable } from "../kernel.ts";

const reduction =
  (op: Reduction): Kernel =>
  ({ input, attributes }) => {
    const x = input("x");
    const axes = tf.util.parseAxisParam(attributes.axis as number | number[], [...x.shape]);
    return reduce(op, x, { axes, keepDims: Boolean(attributes.keepDims) });
  };

/** Kernels that reduce over axes. */
export const reduceKernels: KernelTable = {
  Sum: reduction("reduceSum"),
};
