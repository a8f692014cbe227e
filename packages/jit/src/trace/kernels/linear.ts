import { matMul } from "../../graph/operations/linear.ts";
import type { KernelTable } from "../kernel.ts";

/** Matrix products. */
export const linearKernels: KernelTable = {
  BatchMatMul: ({ input, attributes }) =>
    matMul(input("a"), input("b"), {
      transposeA: Boolean(attributes.transposeA),
      transposeB: Boolean(attributes.transposeB),
    }),
};
