import { defaultThreads, loadWebRuntime } from "#platform";
import type { Device } from "../types.ts";
import type { Engine } from "./engine.ts";
import { onnxEngine } from "./onnxEngine.ts";

/** Threads of onnxruntime-web, which makes them once for all of its sessions. */
let pool: number | undefined;

/**
 * ONNX Runtime as WebAssembly, in Node and in browsers.
 *
 * @throws Error when onnxruntime-web does not load
 * @throws RangeError when other functions already run on another number of threads
 */
export async function wasmEngine(device: Device, threads: number | undefined): Promise<Engine> {
  const ort = await loadWebRuntime(device);
  if (pool !== undefined && threads !== undefined && threads !== pool) {
    throw new RangeError(
      `threads of onnxruntime-web must be the same for all functions of a process (${pool}), got ${threads}`,
    );
  }
  pool ??= threads ?? defaultThreads;
  if (ort.env) ort.env.wasm.numThreads = pool;
  return onnxEngine({
    name: "wasm",
    device,
    ort,
    executionProvider: device === "webgpu" ? "webgpu" : "wasm",
    results: device === "webgpu" ? "onDevice" : "copied",
    threads: [pool],
  });
}
