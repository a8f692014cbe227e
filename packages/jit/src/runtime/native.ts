import { availableParallelism } from "node:os";
import type { Device } from "../types.ts";
import type { Engine } from "./engine.ts";
import { onnxEngine } from "./onnxEngine.ts";
import type { Ort } from "./ort.ts";
import { threadCandidates } from "./threads.ts";

/**
 * ONNX Runtime as a native library.
 *
 * @throws Error when onnxruntime-node is not installed or its library does not load
 */
export async function nativeEngine(device: Device, threads: number | undefined): Promise<Engine> {
  const { default: ort } = (await import("onnxruntime-node")) as unknown as { default: Ort };
  return onnxEngine({
    name: "native",
    device,
    ort,
    executionProvider: device === "webgpu" ? "webgpu" : "cpu",
    writesInPlace: device === "cpu",
    threads: threads === undefined ? threadCandidates(availableParallelism()) : [threads],
  });
}
