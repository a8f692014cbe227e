import { cast, select } from "../../graph/operations/elementwise.ts";
import { arrayFor, constant, scalar } from "../../graph/operations/leaves.ts";
import { equal } from "../../graph/operations/arithmetic.ts";
import { expand, reshape } from "../../graph/operations/reshape.ts";
import type { Value } from "../../graph/value.ts";
import type { DType } from "../../types.ts";
import type { KernelTable } from "../kernel.ts";

/** Whole numbers from 0 on, int32. */
export function iota(length: number): Value {
  return constant(
    Int32Array.from({ length }, (_, i) => i),
    [length],
    "int32",
  );
}

function sequence(from: number, step: number, length: number): number[] {
  return Array.from({ length }, (_, i) => from + i * step);
}

/** Kernels that make tensors out of few numbers. */
export const createKernels: KernelTable = {
  Diag: ({ input }) => {
    const x = input("x");
    const [n] = x.shape.length === 0 ? [1] : [x.shape.reduce((a, b) => a * b)];
    const index = iota(n);
    const onDiagonal = equal(reshape(index, [n, 1]), index);
    const square = select(onDiagonal, reshape(x, [n, 1]), scalar(0, x.dtype));
    return reshape(square, [...x.shape, ...x.shape]);
  },
  Fill: ({ attributes }) => {
    const { value, dtype, shape } = attributes;
    if (typeof value === "string") {
      throw new TypeError(`jit: a tensor must be float32, int32 or bool, got string ("${value}")`);
    }
    const type = (dtype as DType | undefined) ?? "float32";
    return expand(scalar(value as number, type), shape as number[]);
  },
  LinSpace: ({ attributes }) => {
    const { start, stop, num } = attributes as Record<string, number>;
    const step = num > 1 ? (stop - start) / (num - 1) : 0;
    return constant(Float32Array.from(sequence(start, step, num)), [num], "float32");
  },
  OneHot: ({ input, attributes }) => {
    const indices = input("indices");
    const { depth, onValue, offValue } = attributes as Record<string, number>;
    const dtype = attributes.dtype as DType;
    const hit = equal(reshape(indices, [...indices.shape, 1]), iota(depth));
    if (onValue === 1 && offValue === 0) return cast(hit, dtype);
    return select(hit, scalar(onValue, dtype), scalar(offValue, dtype));
  },
  OnesLike: ({ input }) => {
    const x = input("x");
    return expand(scalar(1, x.dtype), x.shape);
  },
  Range: ({ attributes }) => {
    const { start, stop, step: given } = attributes as Record<string, number>;
    const dtype = attributes.dtype as DType;
    const step = stop < start && given === 1 ? -1 : given; // 1 is the default
    const length = Math.max(0, Math.ceil((stop - start) / step));
    const values = arrayFor(dtype, sequence(start, step, length));
    return constant(values, [values.length], dtype);
  },
  ZerosLike: ({ input }) => {
    const x = input("x");
    return expand(scalar(0, x.dtype), x.shape);
  },
};
