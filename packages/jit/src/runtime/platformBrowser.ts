import type { Device } from "../types.ts";
import type { Engine } from "./engine.ts";
import type { Ort } from "./ort.ts";

/** Stands in for the native engine where there is no Node. */
export function nativeEngine(device: Device, threads: number | undefined): Promise<Engine> {
  void threads;
  return Promise.reject(new Error(`a native library for ${device} needs Node`));
}

/**
 * ONNX Runtime as WebAssembly, or with WebGPU, whose build is larger and slower on the CPU.
 *
 * @throws Error when onnxruntime-web cannot be loaded
 */
export async function loadWebRuntime(device: Device): Promise<Ort> {
  const runtime: unknown =
    device === "webgpu"
      ? await import("onnxruntime-web/webgpu")
      : await import("onnxruntime-web/wasm");
  return runtime as Ort;
}

/**
 * Threads of onnxruntime-web: one, since more need headers of the server and a file beside the bundle.
 *
 * The threads of a bundled runtime load the bundle in place of that file and never answer.
 */
export const defaultThreads = 1;

/** In a browser the page imports a backend of TF.js itself, so that bundlers know of it. */
export function loadTfjsCpu(): Promise<void> {
  return Promise.reject(new Error("a page must import its backend of TF.js itself"));
}
