import { add, less, mul } from "../../graph/operations/arithmetic.ts";
import { binary, cast, select, unary } from "../../graph/operations/elementwise.ts";
import { scalar } from "../../graph/operations/leaves.ts";
import { softmax } from "../../graph/operations/scan.ts";
import type { Value } from "../../graph/value.ts";
import type { KernelCall, KernelTable } from "../kernel.ts";

/** `x` where positive, `alpha x` elsewhere, for an `alpha` that is a tensor. */
function prelu(given: Value, alpha: Value): Value {
  const x = cast(given, "float32");
  return select(less(x, 0), mul(x, cast(alpha, "float32")), x);
}

/** Rectified linear units cut off at 6. */
function relu6(x: Value): Value {
  return cast(binary("min", unary("relu", cast(x, "float32")), scalar(6)), x.dtype);
}

/** The activation that a fused kernel applies to its result. */
export function activate(x: Value, { attributes, optional }: KernelCall): Value {
  const activation = (attributes.activation as string | undefined) ?? "linear";
  switch (activation) {
    case "linear":
      return x;
    case "relu":
    case "elu":
    case "sigmoid":
      return unary(activation, x);
    case "relu6":
      return relu6(x);
    case "leakyrelu":
      return unary("leakyRelu", x, { alpha: attributes.leakyreluAlpha as number });
    case "prelu":
      return prelu(x, optional("preluActivationWeights") as Value);
    default:
      throw new RangeError(
        `jit: a fused activation must be linear, relu, relu6, elu, prelu, leakyrelu or sigmoid, got ${activation}`,
      );
  }
}

/** Activation functions and the gradients that are kernels of their own. */
export const activationKernels: KernelTable = {
  Elu: ({ input }) => unary("elu", input("x")),
  EluGrad: ({ input }) => {
    const [dy, y] = [input("dy"), input("y")];
    return mul(dy, add(binary("min", y, scalar(0)), 1));
  },
  LeakyRelu: ({ input, attributes }) =>
    unary("leakyRelu", cast(input("x"), "float32"), { alpha: attributes.alpha as number }),
  Prelu: ({ input }) => prelu(input("x"), input("alpha")),
  Relu: ({ input }) => unary("relu", input("x")),
  Relu6: ({ input }) => relu6(input("x")),
  Selu: ({ input }) => unary("selu", input("x")),
  Sigmoid: ({ input }) => unary("sigmoid", cast(input("x"), "float32")),
  // tf.softmax refuses any axis but the last.
  Softmax: ({ input }) => softmax(input("logits")),
  Softplus: ({ input }) => unary("softplus", input("x")),
};
