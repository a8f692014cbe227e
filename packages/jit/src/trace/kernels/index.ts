import type { KernelTable } from "../kernel.ts";
import { activationKernels } from "./activations.ts";
import { convolutionKernels } from "./convolution.ts";
import { convolution3dKernels } from "./convolution3d.ts";
import { createKernels } from "./create.ts";
import { dilationKernels } from "./dilation.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { indexingKernels } from "./indexing.ts";
import { linearKernels } from "./linear.ts";
import { normalizationKernels } from "./normalization.ts";
import { poolingKernels } from "./pooling.ts";
import { reduceKernels } from "./reduce.ts";
import { reshapeKernels } from "./reshape.ts";
import { resizeKernels } from "./resize.ts";
import { scanKernels } from "./scan.ts";
import { sliceKernels } from "./slice.ts";

/** Every TF.js kernel that can be traced. */
export const kernels: KernelTable = {
  ...activationKernels,
  ...convolutionKernels,
  ...convolution3dKernels,
  ...createKernels,
  ...dilationKernels,
  ...elementwiseKernels,
  ...indexingKernels,
  ...linearKernels,
  ...normalizationKernels,
  ...poolingKernels,
  ...reduceKernels,
  ...reshapeKernels,
  ...resizeKernels,
  ...scanKernels,
  ...sliceKernels,
};
