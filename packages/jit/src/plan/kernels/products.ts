/** Products and convolutions as kernel calls. */
import { sizeOf } from "../../graph/shape.ts";
import type { Node, Value } from "../../graph/value.ts";
import { operandUnit } from "../format.ts";
import { at, floatBits, type Argument, type OperandRef, type TileProgram } from "../program.ts";
import { alongShape, broadcastView, collapse, type Buffer, type View } from "../view.ts";
import type { KernelRow, KernelRows, KernelWriter } from "./kernel.ts";

/** A matrix, or several at equal distances. */
interface Matrices {
  readonly operand: OperandRef;
  readonly row: number;
  readonly column: number;
  readonly batch: number;
}

/** A view as matrices, if it has one stride for each of batch, rows and columns. */
function asMatrices(view: View | undefined, shape: readonly number[]): Matrices | undefined {
  const along = view && alongShape(view, shape);
  if (!along || (view.offset * 4) % operandUnit !== 0) return undefined;
  const stride = (parts: typeof along): number | undefined => {
    const { dims, lists } = collapse(
      parts.flatMap(({ dims }) => dims),
      [parts.flatMap(({ strides }) => strides)],
    );
    return dims.length > 1 ? undefined : (lists[0][0] ?? 0);
  };
  const [batch, row, column] = [along.slice(0, -2), along.slice(-2, -1), along.slice(-1)].map(
    stride,
  );
  if (batch === undefined || row === undefined || column === undefined) return undefined;
  const repeats = (step: number, length: number): boolean => step <= 0 && length > 1;
  const [rows, columns] = shape.slice(-2);
  if (batch < 0 || repeats(row, rows) || repeats(column, columns)) return undefined;
  return { operand: { buffer: view.buffer, bytes: view.offset * 4 }, row, column, batch };
}

/** A factor, broadcast to the batch of the product and read as transposed as it is asked for. */
function factor(
  writer: KernelWriter,
  value: Value,
  { batch, transpose }: { readonly batch: readonly number[]; readonly transpose: boolean },
): Matrices {
  const shape = [...batch, ...value.shape.slice(-2)];
  const found =
    asMatrices(broadcastView(writer.viewOf(value), value.shape, shape), shape) ??
    denseMatrices(writer, value, shape);
  return transpose ? { ...found, row: found.column, column: found.row } : found;
}

function denseMatrices(writer: KernelWriter, value: Value, shape: readonly number[]): Matrices {
  const { buffer, bytes } = writer.dense(value);
  const whole = { buffer, offset: bytes / 4, dims: [sizeOf(value.shape)], strides: [1] };
  const found = asMatrices(broadcastView(whole, value.shape, shape), shape);
  if (found) return found;
  const copied = writer.scratch(sizeOf(shape));
  writer.copy(broadcastView(whole, value.shape, shape) as View, {
    ...whole,
    buffer: copied,
    offset: 0,
    dims: [copied.size],
  });
  return asMatrices(
    { buffer: copied, offset: 0, dims: [copied.size], strides: [1] },
    shape,
  ) as Matrices;
}

/** What a product stores into: its result, or what its epilogue stores. */
function target(
  node: Node,
  writer: KernelWriter,
  epilogue: TileProgram | undefined,
): { operand: Argument; reads: Buffer[]; writes: Buffer[] } {
  if (!epilogue) {
    const buffer = writer.result(node.outputs[0]);
    return { operand: at(buffer), reads: [], writes: [buffer] };
  }
  const buffers = epilogue.accesses.map(({ buffer }) => buffer);
  return { operand: at(buffers[0]), reads: buffers, writes: buffers };
}

const matMul: KernelRow = (node, writer, epilogue) => {
  const [a, b] = node.inputs;
  const { shape } = node.outputs[0];
  const batch = shape.slice(0, -2);
  const [M, N] = shape.slice(-2);
  const transposeA = node.attributes.transposeA as boolean;
  const K = a.shape.at(transposeA ? -2 : -1) as number;
  const left = factor(writer, a, { batch, transpose: transposeA });
  const right = factor(writer, b, { batch, transpose: node.attributes.transposeB as boolean });
  const { operand, reads, writes } = target(node, writer, epilogue);
  writer.step({
    kernel: "gemm",
    arguments: [
      left.operand,
      right.operand,
      operand,
      epilogue ?? -1,
      ...[sizeOf(batch), M, N, K],
      ...[left.row, left.column, left.batch],
      ...[right.row, right.column, right.batch],
    ],
    reads: [left.operand.buffer, right.operand.buffer, ...reads],
    writes,
    work: 2 * sizeOf(shape) * K,
  });
};

const nearest: KernelRow = (node, writer) => {
  const [a, b, bias] = node.inputs as [Value, Value, Value | undefined];
  const { transposeA, transposeB, factor: scale, least } = node.attributes;
  const left = factor(writer, a, { batch: [], transpose: transposeA as boolean });
  const right = factor(writer, b, { batch: [], transpose: transposeB as boolean });
  const row = bias && writer.dense(bias);
  const result = writer.result(node.outputs[0]);
  const [K, M] = transposeA ? a.shape : [a.shape[1], a.shape[0]];
  const N = b.shape[transposeB ? 0 : 1];
  writer.step({
    kernel: least ? "gemmArgMin" : "gemmArgMax",
    arguments: [
      ...[left.operand, right.operand, row ?? -1, at(result)],
      ...[M, N, K],
      ...[left.row, left.column, right.row, right.column],
      floatBits(scale as number),
    ],
    reads: [left.operand, right.operand, ...(row ? [row] : [])].map(({ buffer }) => buffer),
    writes: [result],
    work: 2 * M * N * K,
  });
};

/** The numbers that all convolutions share: image, filter, gradient's or result's size, steps and padding. */
function geometry(
  { attributes }: Node,
  shapes: {
    readonly image: readonly number[];
    readonly filter: readonly number[];
    readonly result: readonly number[];
  },
): number[] {
  const { image, filter, result } = shapes;
  const pair = (name: string): number[] => [...(attributes[name] as readonly number[])];
  const [kernelHeight, kernelWidth] = filter;
  return [
    ...image,
    ...[kernelHeight, kernelWidth, filter[3]],
    ...result.slice(1, 3),
    ...pair("strides"),
    ...pair("dilations"),
    ...pair("padBefore"),
  ];
}

const roundUp = (n: number, unit: number): number => Math.ceil(n / unit) * unit;

/** A convolution or its gradient by the image, which differ in who is image and who is result. */
const convolution =
  (kernel: "conv2d" | "conv2dInputGradient" | "depthwise" | "depthwiseInputGradient"): KernelRow =>
  (node, writer, epilogue) => {
    const [x, filter] = node.inputs;
    const [y] = node.outputs;
    const forward = kernel === "conv2d" || kernel === "depthwise";
    const [image, result] = forward ? [x.shape, y.shape] : [y.shape, x.shape];
    const [height, width, C, O] = filter.shape;
    const full = kernel.startsWith("conv2d");
    const [inputs, outputs] = forward ? [C, O] : [O, C];
    const packed = writer.scratch(full ? height * width * inputs * roundUp(outputs, 32) : 16);
    const operands = [writer.dense(x), writer.dense(filter)];
    const { operand, reads, writes } = target(node, writer, epilogue);
    writer.step({
      kernel,
      arguments: [
        ...operands,
        operand,
        at(packed),
        epilogue ?? -1,
        ...geometry(node, { image, filter: filter.shape, result }),
      ],
      reads: [...operands.map(({ buffer }) => buffer), ...reads],
      writes,
      scratch: [packed],
      work: 2 * sizeOf(result) * height * width * (full ? C : 1),
    });
  };

/** How many partial sums the gradient by a filter is made of; native/conv_filter.c has the same formula. */
function filterGroups(dy: readonly number[], filter: readonly number[]): number {
  const [n, height, width] = dy;
  return Math.max(
    1,
    Math.min(
      32,
      n * height,
      Math.floor((n * height * width) / 1024),
      Math.floor(4_194_304 / sizeOf(filter)),
    ),
  );
}

const filterGradient =
  (kernel: "conv2dFilterGradient" | "depthwiseFilterGradient"): KernelRow =>
  (node, writer) => {
    const [x, dy] = node.inputs;
    const [dw] = node.outputs;
    const groups = filterGroups(dy.shape, dw.shape);
    const partial = writer.scratch(Math.max(16, groups > 1 ? groups * sizeOf(dw.shape) : 0));
    const operands = [writer.dense(x), writer.dense(dy)];
    const result = writer.result(dw);
    writer.step({
      kernel,
      arguments: [
        ...operands,
        at(result),
        at(partial),
        ...geometry(node, { image: x.shape, filter: dw.shape, result: dy.shape }),
      ],
      reads: operands.map(({ buffer }) => buffer),
      writes: [result],
      scratch: [partial],
      work: 2 * sizeOf(dy.shape) * sizeOf(dw.shape.slice(0, kernel.startsWith("conv2d") ? 3 : 2)),
    });
  };

/** The rows. */
export const productRows: KernelRows = {
  matMul,
  nearest,
  conv2d: convolution("conv2d"),
  conv2dInputGradient: convolution("conv2dInputGradient"),
  conv2dFilterGradient: filterGradient("conv2dFilterGradient"),
  depthwiseConv2d: convolution("depthwise"),
  depthwiseConv2dInputGradient: convolution("depthwiseInputGradient"),
  depthwiseConv2dFilterGradient: filterGradient("depthwiseFilterGradient"),
};
