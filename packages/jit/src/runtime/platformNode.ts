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
  const ort = await loadNativeRuntime();
  return onnxEngine({
    name: "native",
    device,
    ort,
    executionProvider: device === "webgpu" ? "webgpu" : "cpu",
    results: device === "cpu" ? "inPlace" : "copied",
    threads: threads === undefined ? threadCandidates(availableParallelism()) : [threads],
  });
}

async function loadNativeRuntime(): Promise<Ort> {
  try {
    return ((await import("onnxruntime-node")) as unknown as { default: Ort }).default;
  } catch (error) {
    if (!String(error).includes("onnxruntime_binding.node")) throw error;
    // The package has no library for Macs with Intel processors, among others.
    const { platform, arch } = process;
    throw new Error(`onnxruntime-node has no library for ${platform} ${arch}`, { cause: error });
  }
}

/**
 * ONNX Runtime as WebAssembly.
 *
 * @throws Error when onnxruntime-web is not installed, or for WebGPU, which it has in browsers only
 */
export async function loadWebRuntime(device: Device): Promise<Ort> {
  if (device === "webgpu") throw new Error("onnxruntime-web has WebGPU in browsers only");
  return await import("onnxruntime-web");
}

/** Threads of onnxruntime-web: all processors up to four, beyond which its operators gain little. */
export const defaultThreads = Math.min(availableParallelism(), 4);

/**
 * Registers TF.js's backend in JavaScript.
 *
 * @throws Error when @tensorflow/tfjs-backend-cpu is not installed
 */
export async function loadTfjsCpu(): Promise<void> {
  await import("@tensorflow/tfjs-backend-cpu");
}
