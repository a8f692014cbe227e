import type { Device } from "../types.ts";
import type { Engine } from "./engine.ts";
import { onnxProgram, type ResultPlace } from "./onnxProgram.ts";
import type { Ort, OrtSession, OrtSessionOptions } from "./ort.ts";

/** ONNX Runtime and how it is used. */
export interface OnnxRuntime {
  readonly ort: Ort;
  readonly executionProvider: string;
  readonly results: ResultPlace;
}

/** What an engine is made of. */
export interface OnnxEngineOptions extends OnnxRuntime {
  readonly device: Device;
  readonly threads: number;
}

let given: Ort | undefined;

/**
 * Hands over the ONNX Runtime that `engine: "onnx"` runs on, which a page must and Node need not do.
 *
 * @param runtime the module `onnxruntime-web/webgpu`, `onnxruntime-web/wasm` or another of ONNX Runtime's
 */
export function useOnnxRuntime(runtime: object): void {
  given = runtime as Ort;
}

/** The runtime that was handed over. */
export function givenRuntime(device: Device): OnnxRuntime | undefined {
  if (!given) return undefined;
  const gpu = device === "webgpu";
  return {
    ort: given,
    executionProvider: gpu ? "webgpu" : "wasm",
    results: gpu ? "onDevice" : "copied",
  };
}

/** An engine on one of ONNX Runtime's packages. */
export function onnxEngine(options: OnnxEngineOptions): Engine {
  const { device, ort, executionProvider, results, threads } = options;
  const createSession = (model: Uint8Array): Promise<OrtSession> =>
    ort.InferenceSession.create(model, sessionOptions({ executionProvider, threads, results }));
  const releaseSession = (session: OrtSession): void => {
    void session.release();
  };
  return {
    name: "onnx",
    device,
    instructionSet: executionProvider,
    get threads() {
      // In WebAssembly its first session of all decides, by a setting of the module, for this page or process.
      const decided = executionProvider === "wasm" ? ort.env?.wasm.numThreads : undefined;
      return decided || threads;
    },
    prepare: (request) => onnxProgram(request, { ort, results, createSession, releaseSession }),
  };
}

function sessionOptions(parts: {
  readonly executionProvider: string;
  readonly threads: number;
  readonly results: ResultPlace;
}): OrtSessionOptions {
  const { executionProvider, threads, results } = parts;
  return {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    ...(results === "onDevice" ? { preferredOutputLocation: "gpu-buffer" } : {}),
  };
}
