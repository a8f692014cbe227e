import * as tf from "@tensorflow/tfjs-core";
import { add, div, equal, mul } from "../../graph/operations/arithmetic.ts";
import { binary, cast, select } from "../../graph/operations/elementwise.ts";
import { constant, scalar } from "../../graph/operations/leaves.ts";
import { pool2d, type PoolingGeometry } from "../../graph/operations/pooling.ts";
import { argExtreme, reduce } from "../../graph/operations/reduce.ts";
import { expand, reshape } from "../../graph/operations/reshape.ts";
import { sameShape, sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { Kernel, KernelCall, KernelTable } from "../kernel.ts";
import { iota } from "./create.ts";
import {
  dimensionOf,
  firstWinners,
  isTiling,
  makeWindow,
  padWindow,
  placeAll,
  positions,
  tap,
  type Window,
} from "./window.ts";

/** The window of a pooling kernel over `[n, ...spatial, c]` with two or three spatial dimensions. */
function windowOf({ attributes }: KernelCall, shape: readonly number[]): Window {
  const { filterSize, strides, pad, dimRoundingMode } = attributes as Record<string, number> & {
    dimRoundingMode?: "floor";
  };
  if (shape.length === 4) {
    const info = tf.backend_util.computePool2DInfo(
      [...shape] as [number, number, number, number],
      filterSize,
      strides,
      (attributes.dilations as number | undefined) ?? 1,
      pad,
      dimRoundingMode,
    );
    return makeWindow(["Height", "Width"].map((side) => dimensionOf(info, side)));
  }
  const info = tf.backend_util.computePool3DInfo(
    [...shape] as [number, number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  return makeWindow(["Depth", "Height", "Width"].map((side) => dimensionOf(info, side)));
}

/** Whether there is one window and it is the whole image. */
function isGlobal(window: Window, spatial: readonly number[]): boolean {
  return isTiling(window, spatial) && sizeOf(window.output) === 1;
}

/** How many elements of the image each window holds, `[1, ...output, 1]`. */
function counts(window: Window, spatial: readonly number[]): Value {
  const data = positions(window.output).map((at) => {
    const inside = window.size.map((n, i) => {
      const first = at[i] * window.strides[i] - window.padBefore[i];
      const rows = Array.from({ length: n }, (_, k) => first + k * window.dilations[i]);
      return rows.filter((row) => row >= 0 && row < spatial[i]).length;
    });
    return Math.max(1, sizeOf(inside)); // a window of padding alone has the mean 0
  });
  return constant(Float32Array.from(data), [1, ...window.output, 1], "float32");
}

type Pooling = "max" | "mean";

const pooling =
  (kind: Pooling): Kernel =>
  (call) => {
    const given = call.input("x");
    const x = cast(given, "float32");
    const window = windowOf(call, x.shape);
    return cast(poolWindow(kind, x, window), given.dtype);
  };

function poolWindow(kind: Pooling, x: Value, window: Window): Value {
  const spatial = x.shape.slice(1, -1);
  // TF.js takes windows of one element as the identity, even with padding and strides.
  if (window.size.every((n) => n === 1) && sameShape(window.output, spatial)) return x;
  if (isGlobal(window, spatial)) {
    const axes = spatial.map((_, i) => i + 1);
    return reduce(kind === "max" ? "reduceMax" : "reduceMean", x, { axes, keepDims: true });
  }
  const { size, strides, dilations, padBefore, padAfter } = window;
  const padsLess = size.every((n, i) => padBefore[i] < n && padAfter[i] < n); // ONNX asks for it
  if (spatial.length === 2 && padsLess && (kind === "max" || dilations.every((d) => d === 1))) {
    const geometry = { window: size, strides, dilations, padBefore, padAfter };
    const op = kind === "max" ? "maxPool2d" : "averagePool2d";
    return pool2d(op, x, geometry as unknown as PoolingGeometry);
  }
  const padded = padWindow(x, window, kind === "max" ? -Infinity : 0);
  const taps = positions(size).map((position) => tap(padded, window, position));
  // Not `max`: TF.js's pooling passes NaN over.
  const larger = (best: Value, x: Value): Value => select(binary("greater", x, best), x, best);
  if (kind === "max") return taps.reduce(larger, expand(scalar(-Infinity), taps[0].shape));
  return div(taps.reduce(add), counts(window, spatial));
}

/** The gradient goes to the first of the largest elements of each window. */
const maxPoolGradient: Kernel = (call) => {
  const [dy, x, y] = [call.input("dy"), call.input("input"), call.input("output")];
  const window = windowOf(call, x.shape);
  const spatial = x.shape.slice(1, -1);
  const zero = scalar(0);
  if (isGlobal(window, spatial)) {
    const [n, c] = [x.shape[0], x.shape.at(-1) as number];
    const winner = argExtreme("argMax", reshape(x, [n, sizeOf(spatial), c]), 1);
    const places = reshape(iota(sizeOf(spatial)), [sizeOf(spatial), 1]);
    const hit = equal(reshape(winner, [n, 1, c]), places);
    return reshape(select(hit, reshape(dy, [n, 1, c]), zero), x.shape);
  }
  const padded = padWindow(x, window, -Infinity);
  const taps = positions(window.size).map((position) => tap(padded, window, position));
  const flows = firstWinners(taps, y).map((won) => select(won, dy, zero));
  return placeAll(flows, { window, spatial });
};

/** TF.js spreads the gradient over the whole window, also where padding took no part in the mean; so does this. */
const averagePoolGradient: Kernel = (call) => {
  const [dy, x] = [call.input("dy"), call.input("input")];
  const window = windowOf(call, x.shape);
  const spatial = x.shape.slice(1, -1);
  const share = mul(dy, 1 / sizeOf(window.size));
  if (isGlobal(window, spatial)) return expand(share, x.shape);
  const flows = positions(window.size).map(() => share);
  return placeAll(flows, { window, spatial });
};

/** Pooling in two and three dimensions and its gradients. */
export const poolingKernels: KernelTable = {
  AvgPool: pooling("mean"),
  AvgPool3D: pooling("mean"),
  AvgPool3DGrad: averagePoolGradient,
  AvgPoolGrad: averagePoolGradient,
  MaxPool: pooling("max"),
  MaxPool3D: pooling("max"),
  MaxPool3DGrad: maxPoolGradient,
  MaxPoolGrad: maxPoolGradient,
};
