import type { Node, Value } from "../../graph/value.ts";

/** Everything that the matrix forms need to know of a convolution. */
export interface Layer {
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
  /** Row and column of every tap. */
  readonly tapPlaces: readonly (readonly [number, number])[];
  /** First block down and across that holds some of the image; block 0 is under the first tap of the first output. */
  readonly first: readonly number[];
  /** Blocks down and across that hold some of the image. */
  readonly blocks: readonly number[];
  /** Numbers in a block. */
  readonly blockSize: number;
  /** Tables of row numbers made so far in this graph: layers of one geometry share them. */
  readonly tables: Map<string, Value>;
}

/** Shapes of the three tensors of a convolution. */
export interface LayerShapes {
  readonly image: readonly number[];
  readonly filter: readonly number[];
  readonly output: readonly number[];
}

/** The layer of a convolution or of one of its gradients. */
export function layerOf(node: Node, shapes: LayerShapes, tables: Map<string, Value>): Layer {
  const [batch, ...image] = shapes.image;
  const filter = shapes.filter;
  const output = shapes.output.slice(1, 3);
  const strides = node.attributes.strides as readonly number[];
  const before = node.attributes.padBefore as readonly number[];
  const taps = strides.map((stride, i) => Math.ceil(filter[i] / stride));
  const tapPlaces = pairs(taps[0], taps[1]);
  const first = strides.map((stride, i) => Math.floor(before[i] / stride));
  const blocks = strides.map((stride, i) => {
    const lastPixel = Math.floor((before[i] + image[i] - 1) / stride);
    return Math.min(lastPixel, output[i] + taps[i] - 2) - first[i] + 1;
  });
  const blockSize = strides[0] * strides[1] * image[2];
  const geometry = { batch, image, filter, strides, output, before };
  return { ...geometry, taps, tapPlaces, first, blocks, blockSize, tables };
}

/** Row and column of every place of a grid, row by row. */
export function pairs(rows: number, columns: number): (readonly [number, number])[] {
  return Array.from({ length: rows * columns }, (_, i) => [Math.floor(i / columns), i % columns]);
}

/** Which side of a layer is moved to where the other one is. */
export type Side = "input" | "output";

/** So many times as wide as the outputs a block must be for the outputs to be moved instead, which takes more passes. */
const outputPasses = 8;

/** The side to move for the product with the filter and for the filter's gradient. */
export function forwardSide({ blockSize, tapPlaces, filter }: Layer): Side {
  return tapPlaces.length > 1 && blockSize > outputPasses * filter[3] ? "output" : "input";
}

/** The side to move for the gradient of the input: the narrower one. */
export function inputGradientSide({ blockSize, tapPlaces, filter }: Layer): Side {
  return tapPlaces.length > 1 && blockSize > filter[3] ? "output" : "input";
}
