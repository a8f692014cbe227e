import {
  castTo,
  ints,
  listOf,
  throughInt32,
  type Operator,
  type OperatorTable,
} from "./emitter.ts";

const reduction = (opType: string): Operator =>
  throughInt32((node, [x], emit) =>
    emit.node(opType, [x, ints(emit, listOf(node, "axes"))], {
      keepdims: Number(node.attributes.keepDims),
    }),
  );

const argExtreme =
  (opType: string): Operator =>
  (node, [x], emit) => {
    const index = emit.node(opType, [x], { axis: node.attributes.axis as number, keepdims: 0 });
    return castTo(emit, index, "int32");
  };

/** Reductions, scans and order along axes. */
export const reduceOperators: OperatorTable = {
  argMax: argExtreme("ArgMax"),
  argMin: argExtreme("ArgMin"),
  cumSum: ({ attributes }, [x], emit) => {
    const axis = emit.constant({
      type: "int64",
      dims: [],
      data: BigInt64Array.of(BigInt(attributes.axis as number)),
    });
    return emit.node("CumSum", [x, axis], {
      exclusive: Number(attributes.exclusive),
      reverse: Number(attributes.reverse),
    });
  },
  reduceMax: reduction("ReduceMax"),
  reduceMean: reduction("ReduceMean"),
  reduceMin: reduction("ReduceMin"),
  reduceProd: reduction("ReduceProd"),
  reduceSum: reduction("ReduceSum"),
  softmax: (_, inputs, emit) => emit.node("Softmax", inputs, { axis: -1 }),
  topK: ({ attributes }, [x], emit) => {
    const [values, indices] = emit.split("TopK", [x, ints(emit, [attributes.k as number])], {
      results: 2,
    });
    return [values, castTo(emit, indices, "int32")];
  },
};
