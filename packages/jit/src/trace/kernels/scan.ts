import * as tf from "@tensorflow/tfjs-core";
import { binary, cast } from "../../graph/operations/elementwise.ts";
import { mul } from "../../graph/operations/arithmetic.ts";
import { reduce } from "../../graph/operations/reduce.ts";
import { pad, reshape, slice } from "../../graph/operations/reshape.ts";
import { cumSum, topK } from "../../graph/operations/scan.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";

/** Sums and products along an axis, order and search. */
export const scanKernels: KernelTable = {
  Cumprod: (call) => {
    const { x, axis, exclusive, reverse } = scanOf(call);
    return cumulativeProduct(x, { axis, exclusive, reverse });
  },
  Cumsum: (call) => {
    const { x, axis, exclusive, reverse } = scanOf(call);
    return cumSum(x, { axis, exclusive, reverse });
  },
  SearchSorted: (call) =>
    countSmaller(call.attributes.side === "left" ? "less" : "lessEqual", call),
  TopK: ({ input, attributes }) => {
    const { values, indices } = topK(input("x"), attributes.k as number);
    return [values, indices];
  },
};

interface Scan {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

function scanOf({ input, attributes }: KernelCall): Scan & { readonly x: Value } {
  const x = input("x");
  return {
    x: x.dtype === "bool" ? cast(x, "int32") : x,
    axis: tf.util.parseAxisParam(attributes.axis as number, [...x.shape])[0],
    exclusive: Boolean(attributes.exclusive),
    reverse: Boolean(attributes.reverse),
  };
}

/** Products of all elements up to each, in log2(n) passes that multiply with a copy moved by 1, 2, 4, ... elements. */
function cumulativeProduct(x: Value, { axis, exclusive, reverse }: Scan): Value {
  const move = (value: Value, distance: number): Value => {
    const none = x.shape.map(() => 0);
    const by = none.with(axis, distance);
    const begin = reverse ? by : none;
    const padded = pad(value, {
      before: reverse ? none : by,
      after: reverse ? by : none,
      value: 1,
    });
    return slice(padded, { begin, size: x.shape });
  };
  let result = exclusive ? move(x, 1) : x;
  for (let distance = 1; distance < x.shape[axis]; distance *= 2) {
    result = mul(result, move(result, distance));
  }
  return result;
}

/** Where each value belongs in its sorted row: the number of elements that are smaller. */
function countSmaller(op: "less" | "lessEqual", { input }: KernelCall): Value {
  const [sorted, values] = [input("sortedSequence"), input("values")];
  const [rows, length] = sorted.shape;
  const smaller = binary(
    op,
    reshape(sorted, [rows, 1, length]),
    reshape(values, [rows, values.shape[1], 1]),
  );
  return reduce("reduceSum", cast(smaller, "int32"), { axes: [2] });
}
