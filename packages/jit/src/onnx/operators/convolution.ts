/**
 * Convolutions, channels last, in the plainest way that ONNX has: `Conv` and `ConvTranspose` between transposes to
 * channels first, filter gradients as patches times gradients. The rewrites choose better ways per shape.
 */
import type { GradientGeometry } from "../../graph/operations/convolution.ts";
import { sizeOf } from "../../graph/shape.ts";
import type { Node } from "../../graph/value.ts";
import { ints, type Emitter, type OnnxAttributes, type OperatorTable } from "./emitter.ts";

const channelsFirst = { perm: [0, 3, 1, 2] };
const channelsLast = { perm: [0, 2, 3, 1] };

/** Convolutions and their gradients. */
export const convolutionOperators: OperatorTable = {
  conv2d: (node, [x, filter], emit) => {
    const planes = emit.node("Transpose", [x], channelsFirst);
    const weights = emit.node("Transpose", [filter], { perm: [3, 2, 0, 1] });
    const y = emit.node("Conv", [planes, weights], geometryOf(node, node.inputs[1].shape));
    return emit.node("Transpose", [y], channelsLast);
  },
  conv2dFilterGradient: (node, [x, dy], emit) => {
    const [height, width, inputs, outputs] = attributesOf(node).shape;
    const patches = emit.node("Concat", taps(node, x, emit), { axis: 3 });
    const rows = sizeOf(node.inputs[1].shape) / outputs;
    const columns = height * width * inputs;
    const a = emit.node("Reshape", [patches, ints(emit, [rows, columns])]);
    const b = emit.node("Reshape", [dy, ints(emit, [rows, outputs])]);
    const gradient = emit.node("Gemm", [a, b], { transA: 1 });
    return emit.node("Reshape", [gradient, ints(emit, [height, width, inputs, outputs])]);
  },
  conv2dInputGradient: (node, [dy, filter], emit) =>
    transposed({ node, dy, filter, perm: [3, 2, 0, 1] }, emit),
  // The filter [height, width, inputs, multiplier] becomes [inputs * multiplier, 1, height, width].
  depthwiseConv2d: (node, [x, filter], emit) => {
    const { shape } = node.inputs[1];
    const planes = emit.node("Transpose", [x], channelsFirst);
    const weights = depthwiseFilter(shape, filter, emit);
    const y = emit.node("Conv", [planes, weights], {
      ...geometryOf(node, shape),
      group: shape[2],
    });
    return emit.node("Transpose", [y], channelsLast);
  },
  depthwiseConv2dFilterGradient: (node, [x, dy], emit) => {
    const [height, width, inputs, multiplier] = attributesOf(node).shape;
    const places = node.inputs[1].shape.slice(0, 3);
    const flow = emit.node("Reshape", [dy, ints(emit, [...places, inputs, multiplier])]);
    const sums = taps(node, x, emit).map((tap) => {
      const met = emit.node("Reshape", [tap, ints(emit, [...places, inputs, 1])]);
      const products = emit.node("Mul", [met, flow]);
      return emit.node("ReduceSum", [products, ints(emit, [0, 1, 2])], { keepdims: 0 });
    });
    const all = emit.node("Concat", sums, { axis: 0 });
    return emit.node("Reshape", [all, ints(emit, [height, width, inputs, multiplier])]);
  },
  depthwiseConv2dInputGradient: (node, [dy, filter], emit) =>
    transposed({ node, dy, filter, group: node.inputs[1].shape[2] }, emit),
};

function depthwiseFilter(shape: readonly number[], filter: string, emit: Emitter): string {
  const [height, width, inputs, multiplier] = shape;
  const weights = emit.node("Transpose", [filter], { perm: [2, 3, 0, 1] });
  return emit.node("Reshape", [weights, ints(emit, [inputs * multiplier, 1, height, width])]);
}

interface Transposed {
  readonly node: Node;
  readonly dy: string;
  readonly filter: string;
  readonly perm?: readonly number[];
  readonly group?: number;
}

/** The input gradient: `ConvTranspose`, told how many rows and columns the forward pass left over. */
function transposed({ node, dy, filter, perm, group = 1 }: Transposed, emit: Emitter): string {
  const { shape } = node.inputs[1];
  const planes = emit.node("Transpose", [dy], channelsFirst);
  const weights = perm
    ? emit.node("Transpose", [filter], { perm })
    : depthwiseFilter(shape, filter, emit);
  const x = emit.node("ConvTranspose", [planes, weights], {
    ...geometryOf(node, shape),
    output_padding: leftOver(node),
    group,
  });
  return emit.node("Transpose", [x], channelsLast);
}

function geometryOf(node: Node, filterShape: readonly number[]): OnnxAttributes {
  const { strides, dilations, padBefore, padAfter } = attributesOf(node);
  return {
    kernel_shape: filterShape.slice(0, 2),
    strides,
    dilations,
    pads: [...padBefore, ...padAfter],
  };
}

/** What a convolution was built with; only gradients have a shape. */
function attributesOf({ attributes }: Node): GradientGeometry {
  return attributes as unknown as GradientGeometry;
}

function leftOver(node: Node): number[] {
  const { strides, dilations, padBefore, padAfter, shape } = attributesOf(node);
  const dy = node.inputs[0].shape;
  return [0, 1].map((i) => {
    const extent = (node.inputs[1].shape[i] - 1) * dilations[i] + 1;
    return shape[i + 1] - ((dy[i + 1] - 1) * strides[i] + extent - padBefore[i] - padAfter[i]);
  });
}

/** For each position in the filter, the values of `x` that it meets, `[batch, out height, out width, channels]`. */
function taps(node: Node, x: string, emit: Emitter): string[] {
  const { strides, dilations, padBefore, padAfter, shape: filter } = attributesOf(node);
  const [, height, width] = node.inputs[1].shape;
  const pads = ints(emit, [0, ...padBefore, 0, 0, ...padAfter, 0]);
  const padded = [...padBefore, ...padAfter].some((n) => n !== 0) ? emit.node("Pad", [x, pads]) : x;
  const result: string[] = [];
  for (let i = 0; i < filter[0]; i++) {
    for (let j = 0; j < filter[1]; j++) {
      const begin = [i * dilations[0], j * dilations[1]];
      const end = [
        begin[0] + (height - 1) * strides[0] + 1,
        begin[1] + (width - 1) * strides[1] + 1,
      ];
      const arguments_ = [begin, end, [1, 2], strides].map((list) => ints(emit, list));
      result.push(emit.node("Slice", [padded, ...arguments_]));
    }
  }
  return result;
}
