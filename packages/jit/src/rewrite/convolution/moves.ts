/**
 * What convolutions as products move: pixels into blocks, blocks and output gradients under the taps that see them.
 *
 * Wide rows are taken one by one, narrow ones in slices of whole images.
 */
import { concat, pad, reshape, slice, transpose } from "../../graph/operations/reshape.ts";
import type { Value } from "../../graph/value.ts";
import { pairs, type Layer } from "./layer.ts";
import { isWide, takeRows } from "./rows.ts";

/** A window of the given size on rows and columns, beginning at `start`, zero where it leaves `x`. */
export function view(x: Value, start: readonly number[], size: readonly number[]): Value {
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

/** Number of a place in a grid, `undefined` outside of it. */
function numberIn(size: readonly number[], row: number, column: number): number | undefined {
  const inside = row >= 0 && row < size[0] && column >= 0 && column < size[1];
  return inside ? row * size[1] + column : undefined;
}

/** Where the first of `first` blocks begins in the image. */
function origin({ first, strides, before }: Layer): number[] {
  return first.map((f, i) => f * strides[i] - before[i]);
}

/** The pixels of the block at a row and column of blocks, `undefined` where it leaves the image. */
function pixelsOf(row: number, column: number, layer: Layer): (number | undefined)[] {
  const { strides, image } = layer;
  const [top, left] = origin(layer);
  return pairs(strides[0], strides[1]).map(([y, x]) =>
    numberIn(image, top + row * strides[0] + y, left + column * strides[1] + x),
  );
}

/** `[N, H, W, C] -> [N, rows of blocks, columns of blocks, block]`, zeros where a block leaves the image. */
export function toBlocks(x: Value, layer: Layer): Value {
  const { batch, image, strides, blocks, blockSize } = layer;
  if (isWide(image[2])) {
    const rows = (): (number | undefined)[] =>
      pairs(blocks[0], blocks[1]).flatMap(([row, column]) => pixelsOf(row, column, layer));
    return reshape(takeRows(x, { name: "blocks", rows }, layer), [batch, ...blocks, blockSize]);
  }
  const pixels = view(x, origin(layer), [blocks[0] * strides[0], blocks[1] * strides[1]]);
  const split = reshape(pixels, [batch, blocks[0], strides[0], blocks[1], strides[1], image[2]]);
  return reshape(transpose(split, [0, 1, 3, 2, 4, 5]), [batch, ...blocks, blockSize]);
}

/** The inverse of {@link toBlocks}; what leaves the image is dropped. */
export function fromBlocks(x: Value, layer: Layer): Value {
  const { batch, image, strides, blocks } = layer;
  if (isWide(image[2])) {
    const pixels = reshape(x, [batch, blocks[0] * blocks[1] * strides[0] * strides[1], image[2]]);
    return reshape(takeRows(pixels, { name: "pixels", rows: () => blockRows(layer) }, layer), [
      batch,
      ...image,
    ]);
  }
  const split = transpose(reshape(x, [batch, ...blocks, ...strides, image[2]]), [0, 1, 3, 2, 4, 5]);
  const pixels = reshape(split, [batch, blocks[0] * strides[0], blocks[1] * strides[1], image[2]]);
  const start = origin(layer).map((n) => -n);
  return view(pixels, start, image.slice(0, 2));
}

/** Where every pixel of the image is in the blocks. */
function blockRows(layer: Layer): (number | undefined)[] {
  const { image, strides, blocks } = layer;
  const [top, left] = origin(layer);
  return pairs(image[0], image[1]).map(([row, column]) => {
    const [y, x] = [row - top, column - left];
    const block = numberIn(blocks, Math.floor(y / strides[0]), Math.floor(x / strides[1]));
    const place = (y % strides[0]) * strides[1] + (x % strides[1]);
    return block === undefined ? undefined : block * strides[0] * strides[1] + place;
  });
}

/** The pixels under every output side by side, `[positions, filter height * width * channels]`; for wide images. */
export function patches(x: Value, layer: Layer): Value {
  const { batch, image, filter, output, strides, before } = layer;
  const rows = (): (number | undefined)[] =>
    pairs(output[0], output[1]).flatMap(([row, column]) =>
      pairs(filter[0], filter[1]).map(([y, x]) =>
        numberIn(image, row * strides[0] - before[0] + y, column * strides[1] - before[1] + x),
      ),
    );
  const shape = [batch * output[0] * output[1], filter[0] * filter[1] * filter[2]];
  return reshape(takeRows(x, { name: "patches", rows }, layer), shape);
}

/** Blocks under every tap side by side, `[positions, taps * block]`. */
export function tapBlocks(x: Value, layer: Layer): Value {
  const { batch, output, first, blockSize, tapPlaces } = layer;
  const blocks = toBlocks(x, layer);
  const parts = tapPlaces.map(([row, column]) =>
    view(blocks, [row - first[0], column - first[1]], output),
  );
  return reshape(concat(parts, 3), [batch * output[0] * output[1], tapPlaces.length * blockSize]);
}

/** The output gradient as every block's taps see it, `[blocks, taps * outputs]`. */
export function tapGradients(dy: Value, layer: Layer): Value {
  const { batch, blocks, first, filter, output, tapPlaces } = layer;
  const shape = [batch * blocks[0] * blocks[1], tapPlaces.length * filter[3]];
  if (isWide(filter[3])) {
    const rows = (): (number | undefined)[] =>
      pairs(blocks[0], blocks[1]).flatMap(([row, column]) =>
        tapPlaces.map(([down, across]) =>
          numberIn(output, row + first[0] - down, column + first[1] - across),
        ),
      );
    return reshape(takeRows(dy, { name: "gradients", rows }, layer), shape);
  }
  const parts = tapPlaces.map(([row, column]) =>
    view(dy, [first[0] - row, first[1] - column], blocks),
  );
  return reshape(concat(parts, 3), shape);
}

/** Channels `begin` to `begin + count`. */
export function channels(x: Value, begin: number, count: number): Value {
  return slice(x, { begin: [0, 0, 0, begin], size: [...x.shape.slice(0, 3), count] });
}
