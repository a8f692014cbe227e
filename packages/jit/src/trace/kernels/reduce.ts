import * as tf from "@tensorflow/tfjs-core";
import { cast } from "../../graph/operations/elementwise.ts";
import { scalar } from "../../graph/operations/leaves.ts";
import { argExtreme, reduce, type Reduction } from "../../graph/operations/reduce.ts";
import { expand } from "../../graph/operations/reshape.ts";
import { reducedShape } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { Kernel, KernelCall, KernelTable } from "../kernel.ts";

/** What a reduction of nothing gives, as TF.js computes it. */
const neutral: Record<Reduction, number> = {
  reduceSum: 0,
  reduceMean: 0,
  reduceProd: 1,
  reduceMax: -Infinity,
  reduceMin: Infinity,
};

function axesOf({ attributes, input }: KernelCall): number[] {
  const axis = (attributes.axis ?? attributes.reductionIndices) as number | number[] | undefined;
  return tf.util.parseAxisParam(axis as number, [...input("x").shape]);
}

function reduceOver(op: Reduction, x: Value, call: KernelCall): Value {
  const axes = axesOf(call);
  const keepDims = Boolean(call.attributes.keepDims);
  const shape = reducedShape(x.shape, axes, keepDims);
  if (x.shape.includes(0)) return expand(scalar(neutral[op], x.dtype), shape);
  return reduce(op, x, { axes, keepDims });
}

/** Booleans are summed as integers. */
const reduction =
  (op: Reduction): Kernel =>
  (call) => {
    const x = call.input("x");
    return reduceOver(op, x.dtype === "bool" ? cast(x, "int32") : x, call);
  };

const logical =
  (op: Reduction): Kernel =>
  (call) =>
    cast(reduceOver(op, cast(call.input("x"), "int32"), call), "bool");

const argument =
  (op: "argMin" | "argMax"): Kernel =>
  (call) => {
    const x = call.input("x");
    return argExtreme(op, x.dtype === "bool" ? cast(x, "int32") : x, axesOf(call)[0]);
  };

/** Kernels that reduce over axes. */
export const reduceKernels: KernelTable = {
  All: logical("reduceMin"),
  Any: logical("reduceMax"),
  ArgMax: argument("argMax"),
  ArgMin: argument("argMin"),
  Max: reduction("reduceMax"),
  Mean: (call) => reduceOver("reduceMean", cast(call.input("x"), "float32"), call),
  Min: reduction("reduceMin"),
  Prod: reduction("reduceProd"),
  Sum: reduction("reduceSum"),
};
