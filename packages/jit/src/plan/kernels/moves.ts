/** Copies, joins and padding: everything that only moves elements. */
import { sizeOf } from "../../graph/shape.ts";
import { wholeView, type View } from "../view.ts";
import type { KernelRow, KernelRows } from "./kernel.ts";

/** A dense array that boxes are taken of. */
interface Target {
  readonly whole: View;
  readonly shape: readonly number[];
}

/** A box of a dense array. */
function box({ whole, shape }: Target, begin: readonly number[], size: readonly number[]): View {
  const strides = strideList(shape);
  return {
    buffer: whole.buffer,
    offset: whole.offset + begin.reduce((sum, b, i) => sum + b * strides[i], 0),
    dims: size,
    strides,
  };
}

function strideList(shape: readonly number[]): number[] {
  return shape.map((_, i) => sizeOf(shape.slice(i + 1)));
}

const copy: KernelRow = (node, writer) => {
  writer.copy(writer.viewOf(node.inputs[0]), wholeView(writer.result(node.outputs[0])));
};

const concat: KernelRow = (node, writer) => {
  const [result] = node.outputs;
  const axis = node.attributes.axis as number;
  const target = { whole: wholeView(writer.result(result)), shape: result.shape };
  let at = 0;
  for (const part of node.inputs) {
    const begin = result.shape.map((_, i) => (i === axis ? at : 0));
    if (sizeOf(part.shape) > 0) {
      writer.copy(writer.viewOf(part), box(target, begin, part.shape));
    }
    at += part.shape[axis];
  }
};

/** A piece of a padded dimension: where it lies, how long it is, and what it shows of the original. */
interface Piece {
  readonly to: number;
  readonly length: number;
  readonly from: number;
  readonly step: number;
}

/** The dimension before, itself, and after; what is empty is left out. */
function pieces(
  length: number,
  {
    before,
    after,
    mode,
  }: { readonly before: number; readonly after: number; readonly mode: string },
): Piece[] {
  const reflect = mode === "reflect";
  return [
    { to: 0, length: before, from: reflect ? before : 0, step: reflect ? -1 : 0 },
    { to: before, length, from: 0, step: 1 },
    {
      to: before + length,
      length: after,
      from: reflect ? length - 2 : length - 1,
      step: reflect ? -1 : 0,
    },
  ].filter((piece) => piece.length > 0);
}

const pad: KernelRow = (node, writer) => {
  const [x] = node.inputs;
  const [result] = node.outputs;
  const { before, after, mode, value } = node.attributes as {
    before: readonly number[];
    after: readonly number[];
    mode: string;
    value: number;
  };
  const target = { whole: wholeView(writer.result(result)), shape: result.shape };
  if (mode === "constant") {
    padConstant({ shape: x.shape, before, after, result: result.shape }, (begin, size) => {
      writer.fill(value, box(target, begin, size));
    });
    if (sizeOf(x.shape) > 0) {
      writer.copy(writer.viewOf(x), box(target, before, x.shape));
    }
    return;
  }
  const source = writer.dense(x);
  const strides = strideList(x.shape);
  const visit = (axis: number, chosen: readonly Piece[]): void => {
    if (axis < x.shape.length) {
      for (const piece of pieces(x.shape[axis], {
        before: before[axis],
        after: after[axis],
        mode,
      })) {
        visit(axis + 1, [...chosen, piece]);
      }
      return;
    }
    const size = chosen.map(({ length }) => length);
    const offset = chosen.reduce((sum, { from }, i) => sum + from * strides[i], 0);
    writer.copy(
      {
        buffer: source.buffer,
        offset: source.bytes / (x.dtype === "bool" ? 1 : 4) + offset,
        dims: size,
        strides: chosen.map(({ step }, i) => step * strides[i]),
      },
      box(
        target,
        chosen.map(({ to }) => to),
        size,
      ),
    );
  };
  visit(0, []);
};

/** Calls back with boxes that cover what lies around the original once. */
function padConstant(
  parts: {
    readonly shape: readonly number[];
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly result: readonly number[];
  },
  fill: (begin: readonly number[], size: readonly number[]) => void,
): void {
  const { shape, before, after, result } = parts;
  const begin = result.map(() => 0);
  const size = [...result];
  shape.forEach((length, axis) => {
    for (const [from, count] of [
      [0, before[axis]],
      [before[axis] + length, after[axis]],
    ]) {
      const boxSize = size.with(axis, count);
      if (sizeOf(boxSize) > 0) fill(begin.with(axis, from), boxSize);
    }
    begin[axis] = before[axis];
    size[axis] = length;
  });
}

/** The rows. */
export const moveRows: KernelRows = { copy, concat, pad };
