/** What the runtime needs of a browser. */
import type { Addon } from "./addon.ts";
import type { OnnxRuntime } from "./onnxEngine.ts";
import { wasmFile } from "./wasmFiles.ts";
import { workerSource, type WorkerEnds, type WorkerStart } from "./wasmWorker.ts";

/** Whether threads can share a memory: headers of the server allow it. */
export const sharesMemory = globalThis.crossOriginIsolated;

/** Threads that `"auto"` means. */
export const processors = sharesMemory ? Math.min(navigator.hardwareConcurrency, 16) : 1;

/** Stands in for the native library where there is no Node. */
export function loadAddon(): Addon {
  throw new Error("a native library needs Node");
}

/** A WebAssembly module of the kernels by its name. */
export async function loadWasm(name: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await wasmFile(name));
}

/** Starts a worker of the WebAssembly kernels. */
export function startWorker(data: WorkerStart, { ready, failed }: WorkerEnds): void {
  const source = `onmessage = ({ data }) => { const ready = () => postMessage(0); ${workerSource} }`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = () => {
    URL.revokeObjectURL(url);
    ready();
  };
  worker.onerror = failed;
  worker.postMessage(data);
}

/** In a browser the page hands ONNX Runtime over, so that bundlers know of it. */
export function loadOnnx(): Promise<OnnxRuntime> {
  return Promise.reject(
    new Error(
      'no runtime; import * as ort from "onnxruntime-web/webgpu" (or "onnxruntime-web/wasm") and call useOnnxRuntime(ort)',
    ),
  );
}

/** In a browser the page imports a backend of TF.js itself, so that bundlers know of it. */
export function loadTfjsCpu(): Promise<void> {
  return Promise.reject(new Error("a page must import its backend of TF.js itself"));
}
