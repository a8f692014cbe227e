/**
 * Convolutions as matrix products.
 *
 * A convolution of stride s is one of stride 1 over a grid of s x s blocks (space to depth), with th x tw taps where a
 * tap sees a whole block. Then there are two ways, and a layer takes the same one forward and in both gradients, so that
 * they share what is moved:
 *
 * - input side: the blocks under every tap are put side by side, [positions, taps * block], times the filter;
 * - output side: every block is multiplied by the filters of all taps, [blocks, taps * outputs], and the products are
 *   shifted and added.
 *
 * What moves is wide on one side and narrow on the other, and passes over memory cost more than multiplications, so the
 * cheaper side is estimated per shape. Measured against ONNX's Conv and ConvTranspose, which cost two to four times as
 * much in the gradients.
 */
import { binary } from "../graph/operations/elementwise.ts";
import { matMul } from "../graph/operations/linear.ts";
import { concat, pad, reshape, slice, tile, transpose } from "../graph/operations/reshape.ts";
import type { Node, Value } from "../graph/value.ts";
import type { Rule } from "./rebuild.ts";

/** Everything that the matrix forms need to know of a layer. */
interface Layer {
  readonly batch: number;
  /** Image height, width and channels. */
  readonly image: readonly [number, number, number];
  /** Filter height, width, channels in and out. */
  readonly filter: readonly [number, number, number, number];
  readonly strides: readonly [number, number];
  /** Output height and width. */
  readonly output: readonly [number, number];
  /** Zeros above and left of the image. */
  readonly before: readonly [number, number];
  /** Number of taps down and across. */
  readonly taps: readonly [number, number];
  /** Blocks down and across, those that only zeros fill included. */
  readonly blocks: readonly [number, number];
  /** Numbers in a block. */
  readonly blockSize: number;
}

interface LayerShapes {
  readonly image: readonly number[];
  readonly filter: readonly number[];
  readonly output: readonly number[];
}

function layerOf(node: Node, { image, filter, output }: LayerShapes): Layer {
  const strides = node.attributes.strides as readonly [number, number];
  const before = node.attributes.padBefore as readonly [number, number];
  const [kernelHeight, kernelWidth, inputs, outputs] = filter;
  const taps = [Math.ceil(kernelHeight / strides[0]), Math.ceil(kernelWidth / strides[1])] as const;
  return {
    batch: image[0],
    image: [image[1], image[2], image[3]],
    filter: [kernelHeight, kernelWidth, inputs, outputs],
    strides,
    output: [output[1], output[2]],
    before,
    taps,
    blocks: [output[1] + taps[0] - 1, output[2] + taps[1] - 1],
    blockSize: strides[0] * strides[1] * inputs,
  };
}

/** Milliseconds for a million numbers read and written once, and for a billion multiplications: two cores of 2026. */
const passCost = 0.8;
const productCost = 10;

/** Whether to move the input rather than the output. */
function movesInput(layer: Layer): boolean {
  const { batch, output, blocks, blockSize, taps, filter } = layer;
  const tapCount = taps[0] * taps[1];
  const positions = batch * output[0] * output[1];
  const blockCount = batch * blocks[0] * blocks[1];
  if (tapCount === 1) return true;
  const inputMoves = 4.5 * positions * tapCount * blockSize;
  const outputMoves = (2 * positions + 2 * blockCount) * tapCount * filter[3];
  const product = tapCount * blockSize * filter[3] * 3;
  const inputCost = (passCost * inputMoves) / 1e6 + (productCost * product * positions) / 1e9;
  const outputCost = (passCost * outputMoves) / 1e6 + (productCost * product * blockCount) / 1e9;
  return inputCost <= outputCost;
}

function tapsOf({ taps }: Layer): { row: number; column: number; index: number }[] {
  return Array.from({ length: taps[0] * taps[1] }, (_, index) => ({
    row: Math.floor(index / taps[1]),
    column: index % taps[1],
    index,
  }));
}

/** `[N, H, W, C] -> [N, rows of blocks, columns of blocks, block]`, zeros around the image. */
function toBlocks(x: Value, layer: Layer): Value {
  const { batch, image, strides, before, blocks, blockSize } = layer;
  const after = [0, 1].map((i) => blocks[i] * strides[i] - image[i] - before[i]);
  const kept = image.map((length, i) => (i < 2 ? length + Math.min(0, after[i]) : length));
  const cropped = slice(x, { begin: [0, 0, 0, 0], size: [batch, ...kept] });
  const padded = pad(cropped, {
    before: [0, ...before, 0],
    after: [0, Math.max(0, after[0]), Math.max(0, after[1]), 0],
  });
  const split = reshape(padded, [batch, blocks[0], strides[0], blocks[1], strides[1], image[2]]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [batch, ...blocks, blockSize]);
}

/** The inverse of {@link toBlocks}; what lies outside the image is dropped. */
function fromBlocks(x: Value, layer: Layer): Value {
  const { batch, image, strides, before, blocks } = layer;
  const split = reshape(x, [batch, ...blocks, ...strides, image[2]]);
  const whole = [blocks[0] * strides[0], blocks[1] * strides[1]];
  const padded = reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [batch, ...whole, image[2]]);
  const kept = [0, 1].map((i) => Math.min(image[i], whole[i] - before[i]));
  const cropped = slice(padded, {
    begin: [0, ...before, 0],
    size: [batch, ...kept, image[2]],
  });
  return pad(cropped, {
    before: [0, 0, 0, 0],
    after: [0, image[0] - kept[0], image[1] - kept[1], 0],
  });
}

/** Blocks under every tap side by side, `[positions, taps * block]`. */
function tapBlocks(x: Value, layer: Layer): Value {
  const { batch, output, blockSize } = layer;
  const blocks = toBlocks(x, layer);
  const parts = tapsOf(layer).map(({ row, column }) =>
    slice(blocks, { begin: [0, row, column, 0], size: [batch, ...output, blockSize] }),
  );
  return reshape(concat(parts, 3), [batch * output[0] * output[1], parts.length * blockSize]);
}

/** The output gradient as every block's taps see it, `[blocks, taps * outputs]`. */
function tapGradients(dy: Value, layer: Layer): Value {
  const { batch, blocks, taps, filter } = layer;
  const parts = tapsOf(layer).map(({ row, column }) =>
    pad(dy, {
      before: [0, row, column, 0],
      after: [0, taps[0] - 1 - row, taps[1] - 1 - column, 0],
    }),
  );
  return reshape(concat(parts, 3), [batch * blocks[0] * blocks[1], parts.length * filter[3]]);
}

/** The filter as a matrix: `[taps * block, outputs]` on the input side, `[block, taps * outputs]` on the output side. */
function filterMatrix(filter: Value, layer: Layer): Value {
  const [kernelHeight, kernelWidth, inputs, outputs] = layer.filter;
  const { taps, strides, blockSize } = layer;
  const whole = pad(filter, {
    before: [0, 0, 0, 0],
    after: [taps[0] * strides[0] - kernelHeight, taps[1] * strides[1] - kernelWidth, 0, 0],
  });
  const split = reshape(whole, [taps[0], strides[0], taps[1], strides[1], inputs, outputs]);
  const tapCount = taps[0] * taps[1];
  return movesInput(layer)
    ? reshape(transpose(split, [0, 2, 1, 3, 4, 5]), [tapCount * blockSize, outputs])
    : reshape(transpose(split, [1, 3, 4, 0, 2, 5]), [blockSize, tapCount * outputs]);
}

/** The inverse of {@link filterMatrix}. */
function fromFilterMatrix(matrix: Value, layer: Layer): Value {
  const [kernelHeight, kernelWidth, inputs, outputs] = layer.filter;
  const { taps, strides } = layer;
  const split = movesInput(layer)
    ? transpose(reshape(matrix, [...taps, ...strides, inputs, outputs]), [0, 2, 1, 3, 4, 5])
    : transpose(reshape(matrix, [...strides, inputs, ...taps, outputs]), [3, 0, 4, 1, 2, 5]);
  const whole = reshape(split, [taps[0] * strides[0], taps[1] * strides[1], inputs, outputs]);
  return slice(whole, {
    begin: [0, 0, 0, 0],
    size: [kernelHeight, kernelWidth, inputs, outputs],
  });
}

function sum(parts: readonly Value[]): Value {
  return parts.reduce((a, b) => binary("add", a, b));
}

function addBias(product: Value, bias: Value | undefined): Value {
  return bias ? binary("add", product, bias) : product;
}

function forward(node: Node): Value {
  const [x, filter] = node.inputs;
  const bias = node.inputs.at(2);
  const { shape } = node.outputs[0];
  const layer = layerOf(node, { image: x.shape, filter: filter.shape, output: shape });
  const { batch, blocks, blockSize, output } = layer;
  const matrix = filterMatrix(filter, layer);
  if (movesInput(layer)) {
    return reshape(addBias(matMul(tapBlocks(x, layer), matrix), bias), shape);
  }
  const rows = reshape(toBlocks(x, layer), [batch * blocks[0] * blocks[1], blockSize]);
  const outputs = layer.filter[3];
  const columns = matrix.shape[1];
  // Every output adds up one product of each tap, so the bias goes to the first tap's.
  const biases = bias && pad(bias, { before: [0], after: [columns - outputs] });
  const products = reshape(addBias(matMul(rows, matrix), biases), [batch, ...blocks, columns]);
  return sum(
    tapsOf(layer).map(({ row, column, index }) =>
      slice(products, {
        begin: [0, row, column, index * outputs],
        size: [batch, ...output, outputs],
      }),
    ),
  );
}

function inputGradient(node: Node): Value {
  const [dy, filter] = node.inputs;
  const { shape } = node.outputs[0];
  const layer = layerOf(node, { image: shape, filter: filter.shape, output: dy.shape });
  const { batch, blocks, blockSize, strides } = layer;
  const matrix = filterMatrix(filter, layer);
  const bias = node.inputs.at(2);
  const biases = bias && tile(bias, [strides[0] * strides[1]]);
  if (movesInput(layer)) {
    return fromBlocks(addBias(sum(shiftedProducts(dy, matrix, layer)), biases), layer);
  }
  const product = addBias(matMul(tapGradients(dy, layer), matrix, { transposeB: true }), biases);
  return fromBlocks(reshape(product, [batch, ...blocks, blockSize]), layer);
}

/** What every tap gives back to the blocks, to be added up. */
function shiftedProducts(dy: Value, matrix: Value, layer: Layer): Value[] {
  const { batch, blockSize, output, taps, filter } = layer;
  const rows = reshape(dy, [batch * output[0] * output[1], filter[3]]);
  const product = matMul(rows, matrix, { transposeB: true });
  const perTap = reshape(product, [batch, ...output, product.shape[1]]);
  return tapsOf(layer).map(({ row, column, index }) =>
    pad(
      slice(perTap, {
        begin: [0, 0, 0, index * blockSize],
        size: [batch, ...output, blockSize],
      }),
      {
        before: [0, row, column, 0],
        after: [0, taps[0] - 1 - row, taps[1] - 1 - column, 0],
      },
    ),
  );
}

function filterGradient(node: Node): Value {
  const [x, dy] = node.inputs;
  const { shape } = node.outputs[0];
  const layer = layerOf(node, { image: x.shape, filter: shape, output: dy.shape });
  const { batch, blocks, blockSize, output } = layer;
  if (movesInput(layer)) {
    const rows = reshape(dy, [batch * output[0] * output[1], shape[3]]);
    const product = matMul(tapBlocks(x, layer), rows, { transposeA: true });
    return fromFilterMatrix(product, layer);
  }
  const rows = reshape(toBlocks(x, layer), [batch * blocks[0] * blocks[1], blockSize]);
  const product = matMul(rows, tapGradients(dy, layer), { transposeA: true });
  return fromFilterMatrix(product, layer);
}

const forms: Readonly<Record<string, (node: Node) => Value>> = {
  conv2d: forward,
  conv2dInputGradient: inputGradient,
  conv2dFilterGradient: filterGradient,
};

/** Writes convolutions without dilation as matrix products. */
export const convolutionAsProducts: Rule = (node) => {
  const form = forms[node.op];
  if (!form || !(node.attributes.dilations as readonly number[]).every((d) => d === 1)) {
    return undefined;
  }
  return form(node);
};
