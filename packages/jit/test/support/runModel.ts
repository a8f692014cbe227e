import * as ort from "onnxruntime-node";
import { toModel, type ModelSignature } from "../../src/onnx/toModel.ts";
import type { NdArray, TypedArray } from "../../src/types.ts";

/** Compiles a signature and runs it on onnxruntime-node. */
export async function runModel(
  signature: ModelSignature,
  feeds: Readonly<Record<string, TypedArray>> = {},
  threads = 1,
): Promise<Record<string, NdArray>> {
  const session = await ort.InferenceSession.create(toModel(signature), {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  try {
    const tensors = Object.fromEntries(
      signature.inputs.map(({ name, value }) => [
        name,
        new ort.Tensor(value.dtype, feeds[name], value.shape),
      ]),
    );
    const results = await session.run(tensors);
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [
        name,
        { data: tensor.data as TypedArray, shape: tensor.dims },
      ]),
    );
  } finally {
    await session.release();
  }
}
