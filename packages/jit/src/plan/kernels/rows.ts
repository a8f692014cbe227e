/** Kernels by index, along an axis, over windows. */
import { sizeOf } from "../../graph/shape.ts";
import type { Node, Value } from "../../graph/value.ts";
import { elementTypes } from "../format.ts";
import { at, bytesOf, type Argument } from "../program.ts";
import { wholeView } from "../view.ts";
import type { KernelRow, KernelRows, KernelWriter } from "./kernel.ts";

/** A shape as [before, along, after] an axis. */
function around(shape: readonly number[], axis: number): [number, number, number] {
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
}

/** Calls a kernel on dense operands. */
function call(
  writer: KernelWriter,
  kernel: Parameters<KernelWriter["step"]>[0]["kernel"],
  parts: {
    readonly inputs: readonly Value[];
    readonly results: readonly Value[];
    readonly arguments: (
      inputs: readonly Argument[],
      results: readonly Argument[],
    ) => readonly Argument[];
  },
): void {
  const inputs = parts.inputs.map((value) => writer.dense(value));
  const results = parts.results.map((value) => writer.result(value));
  writer.step({
    kernel,
    arguments: parts.arguments(inputs, results.map(at)),
    reads: inputs.map(({ buffer }) => buffer),
    writes: results,
  });
}

const typeOf = ({ dtype }: Value): number => elementTypes[dtype];

const gather: KernelRow = (node, writer) => {
  const [x, indices] = node.inputs;
  const [outer, rows, inner] = around(x.shape, node.attributes.axis as number);
  call(writer, "gather", {
    inputs: [x, indices],
    results: node.outputs,
    arguments: ([from, index], [to]) => [
      bytesOf(x),
      to,
      from,
      index,
      outer,
      rows,
      sizeOf(indices.shape),
      inner,
    ],
  });
};

const scatterRows: KernelRow = (node, writer) => {
  const [into, rows, updates] = node.inputs;
  const [result] = node.outputs;
  const target = writer.result(result);
  writer.copy(writer.viewOf(into), wholeView(target));
  if (sizeOf(updates.shape) === 0) return;
  const [, count, inner] = around(into.shape, 0);
  const operands = [rows, updates].map((value) => writer.dense(value));
  writer.step({
    kernel: "scatterRows",
    arguments: [
      typeOf(into),
      node.attributes.mode === "add" ? 0 : 1,
      at(target),
      ...operands,
      count,
      sizeOf(rows.shape),
      inner,
    ],
    reads: [target, ...operands.map(({ buffer }) => buffer)],
    writes: [target],
  });
};

const argExtreme =
  (mode: number): KernelRow =>
  (node, writer) => {
    const [x] = node.inputs;
    call(writer, "argExtreme", {
      inputs: [x],
      results: node.outputs,
      arguments: ([from], [to]) => [
        typeOf(x),
        mode,
        to,
        from,
        ...around(x.shape, node.attributes.axis as number),
      ],
    });
  };

const cumSum: KernelRow = (node, writer) => {
  const [x] = node.inputs;
  const { axis, exclusive, reverse } = node.attributes;
  call(writer, "cumSum", {
    inputs: [x],
    results: node.outputs,
    arguments: ([from], [to]) => [
      typeOf(x),
      Number(exclusive),
      Number(reverse),
      to,
      from,
      ...around(x.shape, axis as number),
    ],
  });
};

/** Rows of the last axis. */
function rowsOf({ shape }: Value): [number, number] {
  return [sizeOf(shape.slice(0, -1)), shape.at(-1) as number];
}

const topK: KernelRow = (node, writer) => {
  const [x] = node.inputs;
  call(writer, "topK", {
    inputs: [x],
    results: node.outputs,
    arguments: ([from], [values, indices]) => [
      typeOf(x),
      values,
      indices,
      from,
      ...rowsOf(x),
      node.attributes.k as number,
    ],
  });
};

const softmax: KernelRow = (node, writer) => {
  const [x] = node.inputs;
  call(writer, "softmax", {
    inputs: [x],
    results: node.outputs,
    arguments: ([from], [to]) => [to, from, ...rowsOf(x)],
  });
};

const pool =
  (mode: number): KernelRow =>
  (node, writer) => {
    const [x] = node.inputs;
    call(writer, "pool", {
      inputs: [x],
      results: node.outputs,
      arguments: ([from], [to]) => [mode, to, from, ...poolGeometry(node)],
    });
  };

function poolGeometry({ attributes, inputs, outputs }: Node): number[] {
  const pair = (name: string): readonly number[] => attributes[name] as readonly number[];
  return [
    ...inputs[0].shape,
    ...outputs[0].shape.slice(1, 3),
    ...pair("window"),
    ...pair("strides"),
    ...pair("dilations"),
    ...pair("padBefore"),
  ];
}

/** The rows. */
export const otherRows: KernelRows = {
  gather,
  scatterRows,
  argMin: argExtreme(0),
  argMax: argExtreme(1),
  cumSum,
  topK,
  softmax,
  maxPool2d: pool(0),
  averagePool2d: pool(1),
};
