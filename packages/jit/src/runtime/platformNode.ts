/** What the runtime needs of Node. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Device } from "../types.ts";
import type { Addon } from "./addon.ts";
import { addonName } from "./addonName.ts";
import type { OnnxRuntime } from "./onnxEngine.ts";
import type { Ort } from "./ort.ts";
import { wasmFile } from "./wasmFiles.ts";
import { workerSource, type WorkerEnds, type WorkerStart } from "./wasmWorker.ts";

/** Threads that `"auto"` means: one per processor. */
export const processors = Math.min(availableParallelism(), 16);

/** Whether threads can share a memory. */
export const sharesMemory = true;

const require = createRequire(import.meta.url);

/**
 * The kernels as a native library for this machine.
 *
 * @throws Error when there is none for it, or it does not load
 */
export function loadAddon(): Addon {
  const name = addonName();
  const addon = requireAddon(name);
  const best = addon.processor();
  return best === addon.isa() ? addon : requireAddon(`${name}-${best}`);
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
 * A WebAssembly module of the kernels by its name: the file where sources run as they are, else out of the bundle.
 *
 * @throws Error when there is none of that name
 */
export async function loadWasm(name: string): Promise<WebAssembly.Module> {
  let path: string | undefined;
  try {
    path = require.resolve(`#built/${name}.wasm`);
  } catch {
    path = undefined;
  }
  return WebAssembly.compile(path === undefined ? await wasmFile(name) : await readFile(path));
}

/** Starts a worker thread of the WebAssembly kernels. */
export function startWorker(data: WorkerStart, { ready, failed }: WorkerEnds): void {
  const prelude = `const { workerData: data, parentPort } = require("node:worker_threads");
    const ready = () => parentPort.postMessage(0);`;
  const worker = new Worker(prelude + workerSource, { eval: true, workerData: data });
  worker.once("message", ready);
  worker.on("error", failed);
  worker.unref();
}

/**
 * ONNX Runtime: the native library if it is installed, else WebAssembly.
 *
 * @throws Error when neither onnxruntime-node nor onnxruntime-web loads
 */
export async function loadOnnx(device: Device): Promise<OnnxRuntime> {
  // No literals: bundlers leave what is not installed alone.
  const [native, web] = ["onnxruntime-node", "onnxruntime-web"];
  try {
    const { default: ort } = (await import(native)) as { default: Ort };
    return {
      ort,
      executionProvider: device === "webgpu" ? "webgpu" : "cpu",
      results: device === "cpu" ? "inPlace" : "copied",
    };
  } catch (error) {
    if (device === "webgpu") throw error;
    const ort = (await import(web)) as Ort;
    return { ort, executionProvider: "wasm", results: "copied" };
  }
}

/**
 * Registers TF.js's backend in JavaScript.
 *
 * @throws Error when @tensorflow/tfjs-backend-cpu is not installed
 */
export async function loadTfjsCpu(): Promise<void> {
  const name = "@tensorflow/tfjs-backend-cpu";
  await import(name);
}
