/**
 * Convolutions as matrix products.
 *
 * A convolution of stride s is one of stride 1 over a grid of s x s blocks (space to depth), with th x tw taps where a
 * tap sees a whole block. Then there are two ways to compute it and its gradients:
 *
 * - input side: the blocks under every tap are put side by side, [positions, taps * block], times the filter; of images
 *   with many channels the pixels themselves, without the detour over blocks;
 * - output side: every block is multiplied by the filters of all taps, [blocks, taps * outputs], and the products are
 *   shifted and added.
 *
 * The input side is the quicker one unless blocks are many times as wide as the outputs; the gradient of the filter takes
 * the side of the forward pass, to share what is moved, and that of the input the narrower one. Blocks that hold nothing
 * but padding are neither moved nor multiplied. Measured against ONNX's Conv and ConvTranspose, which cost two to four
 * times as much in the gradients.
 */
import { binary } from "../../graph/operations/elementwise.ts";
import { matMul } from "../../graph/operations/linear.ts";
import { pad, reshape, slice, tile, transpose } from "../../graph/operations/reshape.ts";
import type { Node, Value } from "../../graph/value.ts";
import type { Rule } from "../rebuild.ts";
import { forwardSide, inputGradientSide, layerOf, type Layer, type Side } from "./layer.ts";
import { channels, fromBlocks, patches, tapBlocks, tapGradients, toBlocks, view } from "./moves.ts";
import { isWide } from "./rows.ts";

/** The filter as a matrix: `[taps * block, outputs]` on the input side, `[block, taps * outputs]` on the output side. */
function filterMatrix(filter: Value, side: Side, layer: Layer): Value {
  const [kernelHeight, kernelWidth, inputs, outputs] = layer.filter;
  const { taps, tapPlaces, strides, blockSize } = layer;
  const whole = pad(filter, {
    before: [0, 0, 0, 0],
    after: [taps[0] * strides[0] - kernelHeight, taps[1] * strides[1] - kernelWidth, 0, 0],
  });
  const split = reshape(whole, [taps[0], strides[0], taps[1], strides[1], inputs, outputs]);
  return side === "input"
    ? reshape(transpose(split, [0, 2, 1, 3, 4, 5]), [tapPlaces.length * blockSize, outputs])
    : reshape(transpose(split, [1, 3, 4, 0, 2, 5]), [blockSize, tapPlaces.length * outputs]);
}

/** The inverse of {@link filterMatrix}. */
function fromFilterMatrix(matrix: Value, side: Side, layer: Layer): Value {
  const [kernelHeight, kernelWidth, inputs, outputs] = layer.filter;
  const { taps, strides } = layer;
  const split =
    side === "input"
      ? transpose(reshape(matrix, [...taps, ...strides, inputs, outputs]), [0, 2, 1, 3, 4, 5])
      : transpose(reshape(matrix, [...strides, inputs, ...taps, outputs]), [3, 0, 4, 1, 2, 5]);
  const whole = reshape(split, [taps[0] * strides[0], taps[1] * strides[1], inputs, outputs]);
  return slice(whole, {
    begin: [0, 0, 0, 0],
    size: [kernelHeight, kernelWidth, inputs, outputs],
  });
}

/** What the filter's matrix meets on the input side, that matrix, and the way back from it. */
function inputSide(layer: Layer): {
  readonly columns: (x: Value) => Value;
  readonly matrix: (filter: Value) => Value;
  readonly gradient: (matrix: Value) => Value;
} {
  const { filter } = layer;
  if (!isWide(filter[2])) {
    return {
      columns: (x) => tapBlocks(x, layer),
      matrix: (whole) => filterMatrix(whole, "input", layer),
      gradient: (matrix) => fromFilterMatrix(matrix, "input", layer),
    };
  }
  const shape = [filter[0] * filter[1] * filter[2], filter[3]];
  return {
    columns: (x) => patches(x, layer),
    matrix: (whole) => reshape(whole, shape),
    gradient: (matrix) => reshape(matrix, filter),
  };
}

function sum(parts: readonly Value[]): Value {
  return parts.reduce((a, b) => binary("add", a, b));
}

function addBias(product: Value, bias: Value | undefined): Value {
  return bias ? binary("add", product, bias) : product;
}

type Tables = Layer["tables"];

function forward(node: Node, tables: Tables): Value {
  const [x, filter] = node.inputs;
  const bias = node.inputs.at(2);
  const { shape } = node.outputs[0];
  const layer = layerOf(node, { image: x.shape, filter: filter.shape, output: shape }, tables);
  if (forwardSide(layer) === "output") {
    return sumOfTaps({ x, matrix: filterMatrix(filter, "output", layer), bias }, layer);
  }
  const { columns, matrix } = inputSide(layer);
  return reshape(addBias(matMul(columns(x), matrix(filter)), bias), shape);
}

interface Operands {
  readonly x: Value;
  readonly matrix: Value;
  readonly bias: Value | undefined;
}

/** Every output adds up one product of each tap, so the bias goes to a tap that never leaves the image. */
function sumOfTaps({ x, matrix, bias }: Operands, layer: Layer): Value {
  const { batch, blocks, blockSize, filter, first, output, tapPlaces } = layer;
  const rows = reshape(toBlocks(x, layer), [batch * blocks[0] * blocks[1], blockSize]);
  const outputs = filter[3];
  const columns = matrix.shape[1];
  const home = tapPlaces.findIndex((tap) => staysInside(tap, layer));
  const biases =
    bias && home >= 0
      ? pad(bias, { before: [home * outputs], after: [columns - (home + 1) * outputs] })
      : undefined;
  const products = reshape(addBias(matMul(rows, matrix), biases), [batch, ...blocks, columns]);
  const total = sum(
    tapPlaces.map(([row, column], tap) =>
      view(channels(products, tap * outputs, outputs), [row - first[0], column - first[1]], output),
    ),
  );
  return biases ? total : addBias(total, bias);
}

/** Whether a tap sees a block of the image for every output. */
function staysInside(tap: readonly number[], { first, output, blocks }: Layer): boolean {
  return tap.every((t, i) => t >= first[i] && t + output[i] <= first[i] + blocks[i]);
}

function inputGradient(node: Node, tables: Tables): Value {
  const [dy, filter] = node.inputs;
  const { shape } = node.outputs[0];
  const layer = layerOf(node, { image: shape, filter: filter.shape, output: dy.shape }, tables);
  const { batch, blocks, blockSize, strides } = layer;
  const side = inputGradientSide(layer);
  const matrix = filterMatrix(filter, side, layer);
  const bias = node.inputs.at(2);
  const biases = bias && tile(bias, [strides[0] * strides[1]]);
  if (side === "input") {
    return fromBlocks(addBias(sum(shiftedProducts(dy, matrix, layer)), biases), layer);
  }
  const product = addBias(matMul(tapGradients(dy, layer), matrix, { transposeB: true }), biases);
  return fromBlocks(reshape(product, [batch, ...blocks, blockSize]), layer);
}

/** What every tap gives back to the blocks, to be added up. */
function shiftedProducts(dy: Value, matrix: Value, layer: Layer): Value[] {
  const { batch, blocks, first, blockSize, output, filter, tapPlaces } = layer;
  const rows = reshape(dy, [batch * output[0] * output[1], filter[3]]);
  const product = matMul(rows, matrix, { transposeB: true });
  const perTap = reshape(product, [batch, ...output, product.shape[1]]);
  return tapPlaces.map(([row, column], tap) =>
    view(channels(perTap, tap * blockSize, blockSize), [first[0] - row, first[1] - column], blocks),
  );
}

function filterGradient(node: Node, tables: Tables): Value {
  const [x, dy] = node.inputs;
  const { shape } = node.outputs[0];
  const layer = layerOf(node, { image: x.shape, filter: shape, output: dy.shape }, tables);
  const { batch, blocks, blockSize, output } = layer;
  if (forwardSide(layer) === "input") {
    const { columns, gradient } = inputSide(layer);
    const rows = reshape(dy, [batch * output[0] * output[1], shape[3]]);
    return gradient(matMul(columns(x), rows, { transposeA: true }));
  }
  const rows = reshape(toBlocks(x, layer), [batch * blocks[0] * blocks[1], blockSize]);
  const product = matMul(rows, tapGradients(dy, layer), { transposeA: true });
  return fromFilterMatrix(product, "output", layer);
}

const forms: Readonly<Record<string, (node: Node, tables: Tables) => Value>> = {
  conv2d: forward,
  conv2dInputGradient: inputGradient,
  conv2dFilterGradient: filterGradient,
};

/** A rule that writes convolutions without dilation as matrix products; make one per graph. */
export function convolutionAsProducts(): Rule {
  const tables: Tables = new Map();
  return (node) => {
    const form = forms[node.op];
    if (!form || !(node.attributes.dilations as readonly number[]).every((d) => d === 1)) {
      return undefined;
    }
    return form(node, tables);
  };
}
