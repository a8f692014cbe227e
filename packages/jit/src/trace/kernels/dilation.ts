import * as tf from "@tensorflow/tfjs-core";
import { add } from "../../graph/operations/arithmetic.ts";
import { binary, select } from "../../graph/operations/elementwise.ts";
import { scalar } from "../../graph/operations/leaves.ts";
import { reduce } from "../../graph/operations/reduce.ts";
import { concat, reshape, slice } from "../../graph/operations/reshape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";
import {
  dimensionOf,
  firstWinners,
  makeWindow,
  padWindow,
  placeAll,
  positions,
  tap,
  type Window,
} from "./window.ts";

interface Sums {
  readonly window: Window;
  readonly x: Value;
  readonly filter: Value;
  /** For each position in the filter, what it meets plus its own weight. */
  readonly sums: readonly Value[];
  readonly best: Value;
}

function sumsOf({ input, attributes }: KernelCall): Sums {
  const [x, filter] = [input("x"), input("filter")];
  const info = tf.backend_util.computeDilation2DInfo(
    [...x.shape] as [number, number, number, number],
    [...filter.shape] as [number, number, number],
    attributes.strides as number,
    attributes.pad as "same",
    "NHWC",
    attributes.dilations as number,
  );
  const window = makeWindow(["Height", "Width"].map((side) => dimensionOf(info, side)));
  const padded = padWindow(x, window, -Infinity);
  const channels = x.shape[3];
  const sums = positions(window.size).map((position) => {
    const weight = slice(filter, { begin: [...position, 0], size: [1, 1, channels] });
    return add(tap(padded, window, position), reshape(weight, [channels]));
  });
  return { window, x, filter, sums, best: sums.reduce((a, b) => binary("max", a, b)) };
}

/** What flows back to each position in the filter: to the first that was largest. */
function flowsOf({ sums, best }: Sums, dy: Value): Value[] {
  return firstWinners(sums, best).map((won) => select(won, dy, scalar(0)));
}

/** Grey-scale dilation, `max over a, b of x[i + a, j + b] + w[a, b]`, and its gradients. */
export const dilationKernels: KernelTable = {
  Dilation2D: (call) => sumsOf(call).best,
  Dilation2DBackpropFilter: (call) => {
    const sums = sumsOf(call);
    const rows = flowsOf(sums, call.input("dy")).map((flow) =>
      reshape(reduce("reduceSum", flow, { axes: [0, 1, 2] }), [1, sums.x.shape[3]]),
    );
    return reshape(concat(rows, 0), sums.filter.shape);
  },
  Dilation2DBackpropInput: (call) => {
    const sums = sumsOf(call);
    const flows = flowsOf(sums, call.input("dy"));
    return placeAll(flows, { window: sums.window, spatial: sums.x.shape.slice(1, 3) });
  },
};
