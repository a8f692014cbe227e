import type { Device, EngineName } from "../types.ts";
import type { Engine } from "./engine.ts";
import { onnxProgram, type ResultPlace, type SessionRequest } from "./onnxProgram.ts";
import type { Ort, OrtSession, OrtSessionOptions } from "./ort.ts";
import { fastestThreads } from "./threads.ts";

/** What sets the two ONNX Runtime packages apart. */
export interface OnnxEngineOptions {
  readonly name: EngineName;
  readonly device: Device;
  readonly ort: Ort;
  readonly executionProvider: string;
  readonly results: ResultPlace;
  /** Counts to choose among by timing; a single one is taken as it is. */
  readonly threads: readonly number[];
}

/** An engine on one of ONNX Runtime's packages. */
export function onnxEngine(options: OnnxEngineOptions): Engine {
  const { name, device, ort, executionProvider, results } = options;
  let threads = options.threads.length === 1 ? options.threads[0] : undefined;
  const make = (model: Uint8Array, count: number): Promise<OrtSession> =>
    ort.InferenceSession.create(
      model,
      sessionOptions({ executionProvider, threads: count, results }),
    );
  const createSession = async (request: SessionRequest): Promise<OrtSession> => {
    threads ??= await fastestThreads(request, options.threads, make);
    return make(request.model, threads);
  };
  const releaseSession = (session: OrtSession): void => {
    if (profilePrefix() !== undefined) session.endProfiling();
    void session.release();
  };
  return {
    name,
    device,
    get threads() {
      return threads ?? 1;
    },
    prepare: (request) =>
      onnxProgram(device === "cpu" ? request : { ...request, update: "graph" }, {
        ort,
        results,
        createSession,
        releaseSession,
      }),
  };
}

function sessionOptions(parts: {
  readonly executionProvider: string;
  readonly threads: number;
  readonly results: ResultPlace;
}): OrtSessionOptions {
  const { executionProvider, threads, results } = parts;
  const profile = profilePrefix();
  return {
    executionProviders: [executionProvider],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
    ...(results === "onDevice" ? { preferredOutputLocation: "gpu-buffer" } : {}),
    ...(profile ? { enableProfiling: true, profileFilePrefix: profile } : {}),
  };
}

/** Where ONNX Runtime writes profiles of all sessions, for `bench perf --profile`. */
function profilePrefix(): string | undefined {
  return typeof process === "undefined" ? undefined : process.env.ELBO_PROFILE;
}
