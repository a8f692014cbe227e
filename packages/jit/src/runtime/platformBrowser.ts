/** What the runtime needs of a browser. */
import type { Device } from "../types.ts";
import type { Addon } from "./addon.ts";
import type { OnnxEngineOptions } from "./onnxEngine.ts";
import type { Ort } from "./ort.ts";
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

/**
 * ONNX Runtime as WebAssembly, or with WebGPU, whose build is larger and slower on the CPU.
 *
 * @throws Error when onnxruntime-web cannot be loaded
 */
export async function loadOnnx(
  device: Device,
): Promise<Omit<OnnxEngineOptions, "threads" | "device">> {
  const gpu = device === "webgpu";
  const ort: unknown = gpu
    ? await import("onnxruntime-web/webgpu")
    : await import("onnxruntime-web/wasm");
  return {
    ort: ort as Ort,
    executionProvider: gpu ? "webgpu" : "wasm",
    results: gpu ? "onDevice" : "copied",
  };
}

/** In a browser the page imports a backend of TF.js itself, so that bundlers know of it. */
export function loadTfjsCpu(): Promise<void> {
  return Promise.reject(new Error("a page must import its backend of TF.js itself"));
}
