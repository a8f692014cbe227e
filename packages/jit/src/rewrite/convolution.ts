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
 * cheaper side is estimated per shape. Blocks that hold nothing but padding are neither moved nor multiplied. Measured against ONNX's Conv and ConvTranspose, which cost two to four times as
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
  readonly image: readonly number[];
  /** Filter height, width, channels in and out. */
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  /** Output height and width. */
  readonly output: readonly number[];
  /** Zeros above and left of the image. */
  readonly before: readonly number[];
  /** Number of taps down and across. */
  readonly taps: readonly number[];
  /** First block down and across that holds some of the image; block 0 is under the first tap of the first output. */
  readonly first: readonly number[];
  /** Blocks down and across that hold some of the image. */
  readonly blocks: readonly number[];
  /** Numbers in a block. */
  readonly blockSize: number;
}

interface LayerShapes {
  readonly image: readonly number[];
  readonly filter: readonly number[];
  readonly output: readonly number[];
}

function layerOf(node: Node, shapes: LayerShapes): Layer {
  const [batch, ...image] = shapes.image;
  const filter = shapes.filter;
  const output = shapes.output.slice(1, 3);
  const strides = node.attributes.strides as readonly number[];
  const before = node.attributes.padBefore as readonly number[];
  const taps = strides.map((stride, i) => Math.ceil(filter[i] / stride));
  const first = strides.map((stride, i) => Math.floor(before[i] / stride));
  const blocks = strides.map((stride, i) => {
    const lastPixel = Math.floor((before[i] + image[i] - 1) / stride);
    return Math.min(lastPixel, output[i] + taps[i] - 2) - first[i] + 1;
  });
  const blockSize = strides[0] * strides[1] * image[2];
  return { batch, image, filter, strides, output, before, taps, first, blocks, blockSize };
}

/** Milliseconds for a million numbers read and written once, and for a billion multiplications: two cores of 2026. */
const passCost = 0.8;
const productCost = 10;

/** Whether to move the input rather than the output. */
function movesInput({ batch, output, blocks, blockSize, taps, filter }: Layer): boolean {
  const tapCount = taps[0] * taps[1];
  if (tapCount === 1) return true;
  const positions = batch * output[0] * output[1];
  const blockCount = batch * blocks[0] * blocks[1];
  const inputMoves = 4.5 * positions * tapCount * blockSize;
  const outputMoves = (2 * positions + 2 * blockCount) * tapCount * filter[3];
  const product = tapCount * blockSize * filter[3] * 3;
  const inputCost = (passCost * inputMoves) / 1e6 + (productCost * product * positions) / 1e9;
  const outputCost = (passCost * outputMoves) / 1e6 + (productCost * product * blockCount) / 1e9;
  return inputCost <= outputCost;
}

/** Row and column of every tap. */
function tapsOf({ taps }: Layer): (readonly [number, number])[] {
  return Array.from({ length: taps[0] * taps[1] }, (_, index) => [
    Math.floor(index / taps[1]),
    index % taps[1],
  ]);
}

/** A window of the given size on rows and columns, beginning at `start`, zero where it leaves `x`. */
function view(x: Value, start: readonly number[], size: readonly number[]): Value {
  const from = start.map((s) => Math.max(0, s));
  const to = start.map((s, i) => Math.max(from[i], Math.min(x.shape[i + 1], s + size[i])));
  const kept = slice(x, {
    begin: [0, ...from, 0],
    size: [x.shape[0], to[0] - from[0], to[1] - from[1], x.shape[3]],
  });
  const missing = from.map((f, i) => Math.min(size[i], f - start[i]));
  return pad(kept, {
    before: [0, ...missing, 0],
    after: [0, ...size.map((n, i) => n - missing[i] - (to[i] - from[i])), 0],
  });
}

/** Where the first of `first` blocks begins in the image. */
function origin({ first, strides, before }: Layer): number[] {
  return first.map((f, i) => f * strides[i] - before[i]);
}

/** `[N, H, W, C] -> [N, rows of blocks, columns of blocks, block]`, zeros where a block leaves the image. */
function toBlocks(x: Value, layer: Layer): Value {
  const { batch, image, strides, blocks, blockSize } = layer;
  const pixels = view(x, origin(layer), [blocks[0] * strides[0], blocks[1] * strides[1]]);
  const split = reshape(pixels, [batch, blocks[0], strides[0], blocks[1], strides[1], image[2]]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [batch, ...blocks, blockSize]);
}

/** The inverse of {@link toBlocks}; what leaves the image is dropped. */
function fromBlocks(x: Value, layer: Layer): Value {
  const { batch, image, strides, blocks } = layer;
  const split = transpose(reshape(x, [batch, ...blocks, ...strides, image[2]]), [0, 1, 3, 2, 4, 5]);
  const pixels = reshape(split, [batch, blocks[0] * strides[0], blocks[1] * strides[1], image[2]]);
  return view(
    pixels,
    origin(layer).map((n) => -n),
    image.slice(0, 2),
  );
}

/** Blocks under every tap side by side, `[positions, taps * block]`. */
function tapBlocks(x: Value, layer: Layer): Value {
  const { batch, output, first, blockSize } = layer;
  const blocks = toBlocks(x, layer);
  const parts = tapsOf(layer).map(([row, column]) =>
    view(blocks, [row - first[0], column - first[1]], output),
  );
  return reshape(concat(parts, 3), [batch * output[0] * output[1], parts.length * blockSize]);
}

/** The output gradient as every block's taps see it, `[blocks, taps * outputs]`. */
function tapGradients(dy: Value, layer: Layer): Value {
  const { batch, blocks, first, filter } = layer;
  const parts = tapsOf(layer).map(([row, column]) =>
    view(dy, [first[0] - row, first[1] - column], blocks),
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
  const { batch, blocks, first, blockSize, output } = layer;
  const matrix = filterMatrix(filter, layer);
  if (movesInput(layer)) {
    return reshape(addBias(matMul(tapBlocks(x, layer), matrix), bias), shape);
  }
  const rows = reshape(toBlocks(x, layer), [batch * blocks[0] * blocks[1], blockSize]);
  const outputs = layer.filter[3];
  const columns = matrix.shape[1];
  // Every output adds up one product of each tap, so the bias goes to a tap that never leaves the image.
  const home = tapsOf(layer).findIndex((tap) => staysInside(tap, layer));
  const biases =
    bias && home >= 0
      ? pad(bias, { before: [home * outputs], after: [columns - (home + 1) * outputs] })
      : undefined;
  const products = reshape(addBias(matMul(rows, matrix), biases), [batch, ...blocks, columns]);
  const total = sum(
    tapsOf(layer).map(([row, column], tap) =>
      view(channels(products, tap * outputs, outputs), [row - first[0], column - first[1]], output),
    ),
  );
  return biases ? total : addBias(total, bias);
}

/** Whether a tap sees a block of the image for every output. */
function staysInside(tap: readonly number[], { first, output, blocks }: Layer): boolean {
  return tap.every((t, i) => t >= first[i] && t + output[i] <= first[i] + blocks[i]);
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
  const { batch, blocks, first, blockSize, output, filter } = layer;
  const rows = reshape(dy, [batch * output[0] * output[1], filter[3]]);
  const product = matMul(rows, matrix, { transposeB: true });
  const perTap = reshape(product, [batch, ...output, product.shape[1]]);
  return tapsOf(layer).map(([row, column], tap) =>
    view(channels(perTap, tap * blockSize, blockSize), [first[0] - row, first[1] - column], blocks),
  );
}

function channels(x: Value, begin: number, count: number): Value {
  return slice(x, { begin: [0, 0, 0, begin], size: [...x.shape.slice(0, 3), count] });
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
