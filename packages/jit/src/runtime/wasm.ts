import { loadWebRuntime } from "#platform";
import type { Device } from "../types.ts";
import type { Engine } from "./engine.ts";
import { onnxEngine } from "./onnxEngine.ts";
import { threadCandidates } from "./threads.ts";

/**
 * ONNX Runtime as WebAssembly, in Node and in browsers.
 *
 * @throws Error when onnxruntime-web does not load
 */
export async function wasmEngine(device: Device, threads: number | undefined): Promise<Engine> {
  const ort = await loadWebRuntime(device);
  return onnxEngine({
    name: "wasm",
    device,
    ort,
    executionProvider: device === "webgpu" ? "webgpu" : "wasm",
    results: device === "webgpu" ? "onDevice" : "copied",
    threads: [threads ?? wasmThreads()],
  });
}

/** The thread pool of onnxruntime-web is made once for all sessions, so there is nothing to try: half the processors, at most four. */
function wasmThreads(): number {
  const processors = typeof navigator === "undefined" ? 1 : navigator.hardwareConcurrency;
  return Math.min(threadCandidates(processors)[0], 4);
}
