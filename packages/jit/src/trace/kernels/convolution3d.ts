/** Three dimensions by two: for each depth inside the filter, a convolution of all slices that it meets. */
import * as tf from "@tensorflow/tfjs-core";
import { add } from "../../graph/operations/arithmetic.ts";
import {
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
} from "../../graph/operations/convolution.ts";
import { concat, reshape, slice } from "../../graph/operations/reshape.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";
import { geometryOf } from "./convolution.ts";
import { dimensionOf, makeWindow, padWindow, placeAll, tap, type Window } from "./window.ts";

type Shape5 = [number, number, number, number, number];

interface Geometry {
  /** The window along the depth of `[n, depth, all else]`. */
  readonly depth: Window;
  readonly plane: Window;
}

function geometryFor(
  { attributes }: KernelCall,
  image: readonly number[],
  filter: readonly number[],
): Geometry {
  if (attributes.dataFormat === "NCDHW") {
    throw new RangeError("jit: conv3d must be channels last, got NCDHW");
  }
  const info = tf.backend_util.computeConv3DInfo(
    [...image] as Shape5,
    [...filter] as Shape5,
    attributes.strides as number,
    (attributes.dilations as number | undefined) ?? 1,
    attributes.pad as "same",
  );
  return {
    depth: makeWindow([dimensionOf(info, "Depth")]),
    plane: makeWindow(["Height", "Width"].map((side) => dimensionOf(info, side))),
  };
}

/** All slices of `[n, d, h, w, c]` as images. */
function images(x: Value): Value {
  const [n, d, ...image] = x.shape;
  return reshape(x, [n * d, ...image]);
}

/** The slices that one depth of the filter meets, as images. */
function slicesAt(x: Value, { depth }: Geometry, a: number): Value {
  const [n, d, ...image] = x.shape;
  const padded = padWindow(reshape(x, [n, d, sizeOf(image)]), depth, 0);
  return reshape(tap(padded, depth, [a]), [n * depth.output[0], ...image]);
}

function filterAt(filter: Value, a: number): Value {
  const [, ...rest] = filter.shape;
  const part = slice(filter, { begin: [a, 0, 0, 0, 0], size: [1, ...rest] });
  return reshape(part, rest);
}

function depths(geometry: Geometry): number[] {
  return Array.from({ length: geometry.depth.size[0] }, (_, a) => a);
}

/** Convolutions in three dimensions and their gradients. */
export const convolution3dKernels: KernelTable = {
  Conv3D: (call) => {
    const [x, filter] = [call.input("x"), call.input("filter")];
    const geometry = geometryFor(call, x.shape, filter.shape);
    const { depth, plane } = geometry;
    const y = depths(geometry)
      .map((a) => conv2d(slicesAt(x, geometry, a), filterAt(filter, a), geometryOf(plane)))
      .reduce(add);
    return reshape(y, [x.shape[0], depth.output[0], ...y.shape.slice(1)]);
  },
  Conv3DBackpropFilterV2: (call) => {
    const [x, dy] = [call.input("x"), call.input("dy")];
    const filterShape = call.attributes.filterShape as number[];
    const geometry = geometryFor(call, x.shape, filterShape);
    const shape = filterShape.slice(1);
    const parts = depths(geometry).map((a) => {
      const options = { ...geometryOf(geometry.plane), shape };
      const part = conv2dFilterGradient(slicesAt(x, geometry, a), images(dy), options);
      return reshape(part, [1, ...shape]);
    });
    return concat(parts, 0);
  },
  Conv3DBackpropInputV2: (call) => {
    const [dy, filter] = [call.input("dy"), call.input("filter")];
    const inputShape = call.attributes.inputShape as number[];
    const geometry = geometryFor(call, inputShape, filter.shape);
    const { depth, plane } = geometry;
    const [n, d, ...image] = inputShape;
    const options = { ...geometryOf(plane), shape: [n * depth.output[0], ...image] };
    const flows = depths(geometry).map((a) => {
      const flow = conv2dInputGradient(images(dy), filterAt(filter, a), options);
      return reshape(flow, [n, depth.output[0], sizeOf(image)]);
    });
    return reshape(placeAll(flows, { window: depth, spatial: [d] }), inputShape);
  },
};
