import * as tf from "@tensorflow/tfjs-core";
import { add } from "../../graph/operations/arithmetic.ts";
import {
  conv2d,
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseConv2d,
  depthwiseConv2dFilterGradient,
  depthwiseConv2dInputGradient,
  type ConvolutionGeometry,
} from "../../graph/operations/convolution.ts";
import { reshape, slice, transpose } from "../../graph/operations/reshape.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";
import { activate } from "./activations.ts";
import { dimensionOf, makeWindow, type Window } from "./window.ts";

type Shape4 = [number, number, number, number];

interface Layout {
  /** Whether tensors come channels first. */
  readonly first: boolean;
  readonly toLast: (x: Value) => Value;
  readonly fromLast: (x: Value) => Value;
}

function layoutOf({ attributes }: KernelCall): Layout {
  const first = attributes.dataFormat === "NCHW";
  return {
    first,
    toLast: (x) => (first ? transpose(x, [0, 2, 3, 1]) : x),
    fromLast: (x) => (first ? transpose(x, [0, 3, 1, 2]) : x),
  };
}

/** Geometry of an image `[n, h, w, c]` and a filter; gradients always have dilations of 1 in TF.js. */
function windowOf(
  { attributes }: KernelCall,
  shapes: { readonly image: readonly number[]; readonly filter: readonly number[] },
  depthwise: boolean,
): Window {
  const info = tf.backend_util.computeConv2DInfo(
    [...shapes.image] as Shape4,
    [...shapes.filter] as Shape4,
    attributes.strides as number,
    (attributes.dilations as number | null | undefined) ?? 1,
    paddingOf(attributes),
    attributes.dimRoundingMode as "floor",
    depthwise,
  );
  return makeWindow(["Height", "Width"].map((side) => dimensionOf(info, side)));
}

/** Explicit padding is given in the order of the data format, and read here as channels last. */
function paddingOf(attributes: KernelCall["attributes"]): "same" | "valid" | number {
  const pad = attributes.pad as "same" | "valid" | number | readonly number[][];
  if (typeof pad !== "object" || attributes.dataFormat !== "NCHW") return pad as number;
  return [pad[0], pad[2], pad[3], pad[1]] as unknown as number;
}

/** A window in two dimensions as the geometry of a convolution. */
export function geometryOf(window: Window): ConvolutionGeometry {
  const { strides, dilations, padBefore, padAfter } = window;
  return { strides, dilations, padBefore, padAfter } as unknown as ConvolutionGeometry;
}

function convolution(call: KernelCall): Value {
  const { toLast, fromLast } = layoutOf(call);
  const [x, filter] = [toLast(call.input("x")), call.input("filter")];
  const window = windowOf(call, { image: x.shape, filter: filter.shape }, false);
  return fromLast(conv2d(x, filter, geometryOf(window)));
}

function depthwise(call: KernelCall): Value {
  const { toLast, fromLast } = layoutOf(call);
  const [x, filter] = [toLast(call.input("x")), call.input("filter")];
  const window = windowOf(call, { image: x.shape, filter: filter.shape }, true);
  return fromLast(depthwiseConv2d(x, filter, geometryOf(window)));
}

/** Adds a bias and applies the activation of a fused kernel. */
function finish(y: Value, call: KernelCall): Value {
  const perChannel = (weights: Value | undefined): Value | undefined =>
    weights && layoutOf(call).first && weights.shape.length === 1 && weights.shape[0] !== 1
      ? reshape(weights, [weights.shape[0], 1, 1])
      : weights;
  const bias = perChannel(call.optional("bias"));
  return activate(bias ? add(y, bias) : y, {
    ...call,
    optional: (name) => perChannel(call.optional(name)),
  });
}

function filterGradient(call: KernelCall): Value {
  const { toLast } = layoutOf(call);
  const [x, dy] = [toLast(call.input("x")), toLast(call.input("dy"))];
  const shape = call.attributes.filterShape as number[];
  const window = windowOf(call, { image: x.shape, filter: shape }, false);
  return conv2dFilterGradient(x, dy, { ...geometryOf(window), shape });
}

function inputGradient(call: KernelCall): Value {
  const { toLast, fromLast, first } = layoutOf(call);
  const [dy, filter] = [toLast(call.input("dy")), call.input("filter")];
  const given = call.attributes.inputShape as number[];
  const shape = first ? [given[0], given[2], given[3], given[1]] : given;
  const window = windowOf(call, { image: shape, filter: filter.shape }, false);
  // TF.js's transposed convolution takes more than fits and leaves the rest out.
  const size = [dy.shape[0], ...window.output, dy.shape[3]];
  const fitting = slice(dy, { begin: size.map(() => 0), size });
  return fromLast(conv2dInputGradient(fitting, filter, { ...geometryOf(window), shape }));
}

/** Tap by tap: the product of image and gradient, summed over batch and places. */
function depthwiseFilterGradient(call: KernelCall): Value {
  const [x, dy] = [call.input("x"), call.input("dy")];
  const shape = call.attributes.filterShape as number[];
  const window = windowOf(call, { image: x.shape, filter: shape }, true);
  return depthwiseConv2dFilterGradient(x, dy, { ...geometryOf(window), shape });
}

/** Convolutions in two dimensions, their gradients and fused forms. */
export const convolutionKernels: KernelTable = {
  Conv2D: convolution,
  Conv2DBackpropFilter: filterGradient,
  Conv2DBackpropInput: inputGradient,
  DepthwiseConv2dNative: depthwise,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilterGradient,
  DepthwiseConv2dNativeBackpropInput: (call) => {
    const [dy, filter] = [call.input("dy"), call.input("filter")];
    const shape = call.attributes.inputShape as number[];
    const window = windowOf(call, { image: shape, filter: filter.shape }, true);
    return depthwiseConv2dInputGradient(dy, filter, { ...geometryOf(window), shape });
  },
  FusedConv2D: (call) => finish(convolution(call), call),
  FusedDepthwiseConv2D: (call) => finish(depthwise(call), call),
};
