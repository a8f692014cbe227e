/** What the runtime needs of a browser. */
import type { Addon } from "./addon.ts";
import type { OnnxRuntime } from "./onnxEngine.ts";
import { wasmFile } from "./wasmFiles.ts";

/** Threads that `"auto"` means: one, since more need headers of the server. */
export const processors = 1;

/** Stands in for the native library where there is no Node. */
export function loadAddon(): Addon {
  throw new Error("a native library needs Node");
}

/** A WebAssembly module of the kernels by its name. */
export async function loadWasm(name: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(await wasmFile(name));
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
