import { ints, listOf, scalarOf, type OperatorTable } from "./emitter.ts";

/** Moving elements without computing. */
export const reshapeOperators: OperatorTable = {
  concat: (node, inputs, emit) =>
    emit.node("Concat", inputs, { axis: node.attributes.axis as number }),
  expand: (node, [x], emit) => emit.node("Expand", [x, ints(emit, listOf(node, "shape"))]),
  gather: (node, inputs, emit) =>
    emit.node("Gather", inputs, { axis: node.attributes.axis as number }),
  pad: (node, [x], emit) => {
    const pads = ints(emit, [...listOf(node, "before"), ...listOf(node, "after")]);
    const mode = node.attributes.mode as string;
    const value = scalarOf(emit, node.attributes.value as number, node.outputs[0].dtype);
    return emit.node("Pad", mode === "constant" ? [x, pads, value] : [x, pads], { mode });
  },
  // `allowzero` lets a dimension of 0 mean 0 and not "as before".
  reshape: (node, [x], emit) => {
    const shape = listOf(node, "shape");
    return emit.node("Reshape", [x, ints(emit, shape)], shape.includes(0) ? { allowzero: 1 } : {});
  },
  // ScatterElements and never ScatterND: that one loses additions to the same place on several threads.
  scatterRows: (node, [x, rows, updates], emit) => {
    const { shape } = node.inputs[2];
    const places = emit.node("Reshape", [
      rows,
      ints(
        emit,
        shape.map((d, i) => (i === 0 ? d : 1)),
      ),
    ]);
    const indices = emit.node("Expand", [places, ints(emit, shape)]);
    return emit.node("ScatterElements", [x, indices, updates], {
      axis: 0,
      ...(node.attributes.mode === "add" ? { reduction: "add" } : {}),
    });
  },
  slice: (node, [x], emit) => {
    const [begin, size, strides] = ["begin", "size", "strides"].map((name) => listOf(node, name));
    // An end below zero would count from the back: "before the first" is the smallest integer.
    const ends = begin.map((b, i) => {
      const end = b + (size[i] - 1) * strides[i] + Math.sign(strides[i]);
      return end < 0 ? -(2 ** 31) : end;
    });
    const axes = begin.map((_, i) => i);
    return emit.node(
      "Slice",
      [x, begin, ends, axes, strides].map((v) => (typeof v === "string" ? v : ints(emit, v))),
    );
  },
  tile: (node, [x], emit) => emit.node("Tile", [x, ints(emit, listOf(node, "repeats"))]),
  transpose: (node, [x], emit) => emit.node("Transpose", [x], { perm: listOf(node, "perm") }),
};
