import { convolutionOperators } from "./convolution.ts";
import { elementwiseOperators } from "./elementwise.ts";
import type { OperatorTable } from "./emitter.ts";
import { linearOperators } from "./linear.ts";
import { poolingOperators } from "./pooling.ts";
import { reduceOperators } from "./reduce.ts";
import { reshapeOperators } from "./reshape.ts";

/** How every operation of the graph is written in ONNX. */
export const operators: OperatorTable = {
  ...convolutionOperators,
  ...elementwiseOperators,
  ...linearOperators,
  ...poolingOperators,
  ...reduceOperators,
  ...reshapeOperators,
};
