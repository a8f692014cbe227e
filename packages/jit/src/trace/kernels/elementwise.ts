import {
  binary,
  cast,
  select,
  unary,
  type BinaryOperation,
  type UnaryOperation,
} from "../../graph/operations/elementwise.ts";
import { scalar } from "../../graph/operations/leaves.ts";
import type { DType } from "../../types.ts";
import type { Kernel, KernelTable } from "../kernel.ts";

const unaryKernel =
  (op: UnaryOperation): Kernel =>
  ({ input }) =>
    unary(op, input("x"));

const binaryKernel =
  (op: BinaryOperation): Kernel =>
  ({ input }) =>
    binary(op, input("a"), input("b"));

/** Kernels that work element by element. */
export const elementwiseKernels: KernelTable = {
  Abs: unaryKernel("abs"),
  Add: binaryKernel("add"),
  Cast: ({ input, attributes }) => cast(input("x"), attributes.dtype as DType),
  Equal: binaryKernel("equal"),
  Exp: unaryKernel("exp"),
  Greater: binaryKernel("greater"),
  GreaterEqual: binaryKernel("greaterEqual"),
  Identity: ({ input }) => input("x"),
  Less: binaryKernel("less"),
  LessEqual: binaryKernel("lessEqual"),
  Log: unaryKernel("log"),
  Maximum: binaryKernel("max"),
  Minimum: binaryKernel("min"),
  Multiply: binaryKernel("mul"),
  Neg: unaryKernel("neg"),
  RealDiv: binaryKernel("div"),
  Relu: unaryKernel("relu"),
  Select: ({ input }) => select(input("condition"), input("t"), input("e")),
  Sigmoid: unaryKernel("sigmoid"),
  Softplus: unaryKernel("softplus"),
  Sqrt: unaryKernel("sqrt"),
  Square: ({ input }) => binary("mul", input("x"), input("x")),
  Step: ({ input, attributes }) => {
    const x = input("x");
    const alpha = (attributes.alpha as number | undefined) ?? 0;
    const above = binary("greater", x, scalar(0, x.dtype));
    if (alpha === 0) return cast(above, x.dtype);
    return select(above, scalar(1, x.dtype), scalar(alpha, x.dtype));
  },
  Sub: binaryKernel("sub"),
  Tanh: unaryKernel("tanh"),
};
