import { listOf, type Operator, type OperatorTable } from "./emitter.ts";

const pool =
  (opType: string): Operator =>
  (node, [x], emit) => {
    const planes = emit.node("Transpose", [x], { perm: [0, 3, 1, 2] });
    const y = emit.node(opType, [planes], {
      kernel_shape: listOf(node, "window"),
      strides: listOf(node, "strides"),
      pads: [...listOf(node, "padBefore"), ...listOf(node, "padAfter")],
      ...(opType === "MaxPool" ? { dilations: listOf(node, "dilations") } : {}),
    });
    return emit.node("Transpose", [y], { perm: [0, 2, 3, 1] });
  };

/** Pooling over windows of images, channels last. */
export const poolingOperators: OperatorTable = {
  averagePool2d: pool("AveragePool"),
  maxPool2d: pool("MaxPool"),
};
