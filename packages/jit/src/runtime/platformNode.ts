/** What the runtime needs of Node. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import type { Device } from "../types.ts";
import type { Addon } from "./addon.ts";
import type { OnnxEngineOptions } from "./onnxEngine.ts";
import type { Ort } from "./ort.ts";

/** Threads that `"auto"` means: one per processor. */
export const processors = Math.min(availableParallelism(), 16);

const require = createRequire(import.meta.url);

/**
 * The kernels as a native library for this machine.
 *
 * @throws Error when there is none for it, or it does not load
 */
export function loadAddon(): Addon {
  const name = [process.platform, process.arch, ...libc()].join("-");
  const addon = requireAddon(name);
  return addon.processor() === "avx512" ? requireAddon(`${name}-avx512`) : addon;
}

/** On Linux there are two C libraries, and a library made for one does not load with the other. */
function libc(): string[] {
  if (process.platform !== "linux") return [];
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return [header.glibcVersionRuntime === undefined ? "musl" : "glibc"];
}

function requireAddon(name: string): Addon {
  let path: string;
  try {
    path = require.resolve(`#built/${name}.node`);
  } catch (error) {
    throw new Error(`there is no library for ${name} beside it`, { cause: error });
  }
  return require(path) as Addon;
}

/**
 * A WebAssembly module of the kernels by its name.
 *
 * @throws Error when the file is not there
 */
export async function loadWasm(name: string): Promise<WebAssembly.Module> {
  const bytes = await readFile(require.resolve(`#built/${name}.wasm`));
  return WebAssembly.compile(bytes);
}

/**
 * ONNX Runtime: the native library if it is installed, else WebAssembly.
 *
 * @throws Error when neither onnxruntime-node nor onnxruntime-web loads
 */
export async function loadOnnx(device: Device): Promise<Omit<OnnxEngineOptions, "threads" | "device">> {
  try {
    const ort = ((await import("onnxruntime-node")) as unknown as { default: Ort }).default;
    return {
      ort,
      executionProvider: device === "webgpu" ? "webgpu" : "cpu",
      results: device === "cpu" ? "inPlace" : "copied",
    };
  } catch (error) {
    if (device === "webgpu") throw error;
    return { ort: await import("onnxruntime-web"), executionProvider: "wasm", results: "copied" };
  }
}

/**
 * Registers TF.js's backend in JavaScript.
 *
 * @throws Error when @tensorflow/tfjs-backend-cpu is not installed
 */
export async function loadTfjsCpu(): Promise<void> {
  await import("@tensorflow/tfjs-backend-cpu");
}
