import type { KernelTable } from "../kernel.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { linearKernels } from "./linear.ts";
import { reduceKernels } from "./reduce.ts";
import { reshapeKernels } from "./reshape.ts";

/** Every TF.js kernel that can be traced. */
export const kernels: KernelTable = {
  ...elementwiseKernels,
  ...linearKernels,
  ...reduceKernels,
  ...reshapeKernels,
};
