import { reasonOf } from "@elbo/common";
import { loadOnnx, processors } from "#platform";
import { engineNames, type EngineName, type EngineReport, type JitOptions } from "../types.ts";
import { eagerEngine } from "./eager.ts";
import type { Engine } from "./engine.ts";
import { kernelEngine } from "./kernelEngine.ts";
import { nativeHost, portableHost, webAssemblyHost } from "./kernelHosts.ts";
import { givenRuntime, onnxEngine } from "./onnxEngine.ts";

/** An engine, and those that were preferred but could not be had. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly skipped: EngineReport["skipped"];
}

type Threads = number | undefined;

/** How each engine is made. */
const load: Readonly<
  Record<EngineName, (options: JitOptions, threads: Threads) => Promise<Engine>>
> = {
  native: (_, threads) => Promise.resolve(kernelEngine(nativeHost(), threads)),
  wasm: async (_, threads) => kernelEngine(await webAssemblyHost(), threads),
  portable: async (_, threads) => kernelEngine(await portableHost(), threads),
  onnx: async ({ device = "cpu" }, threads) =>
    onnxEngine({
      ...(givenRuntime(device) ?? (await loadOnnx(device))),
      device,
      threads: threads ?? processors,
    }),
  eager: () => eagerEngine(),
};

/** What to do when an engine does not load. */
const remedies: Readonly<Record<EngineName, string>> = {
  native: 'use engine: "wasm", which has the same kernels',
  wasm: 'use engine: "eager"',
  portable: "it needs WebAssembly with SIMD",
  onnx: 'npm i onnxruntime-node or onnxruntime-web, or use engine: "auto"',
  eager: 'npm i @tensorflow/tfjs-backend-cpu, or use engine: "auto"',
};

/**
 * Loads the engine that the options ask for; under `"auto"` native, or wasm where that does not load.
 *
 * @throws Error when an engine cannot be loaded, or does not run on the device
 */
export async function chooseEngine(options: JitOptions): Promise<ChosenEngine> {
  const { engine = "auto", device = "cpu", onMessage = warn } = options;
  const threads = options.threads === "auto" ? undefined : options.threads;
  const onDevice: readonly EngineName[] = device === "webgpu" ? ["onnx", "eager"] : engineNames;
  if (engine !== "auto" && !onDevice.includes(engine)) {
    throw new RangeError(
      `jit: engine on device "${device}" must be ${onDevice.join(" or ")}, got "${engine}"`,
    );
  }
  const wanted: readonly EngineName[] =
    engine !== "auto" ? [engine] : device === "webgpu" ? ["onnx"] : ["native", "wasm"];
  const skipped: { engine: EngineName; reason: string }[] = [];
  for (const name of wanted) {
    try {
      const loaded = await load[name](options, threads);
      tell(skipped, loaded, { threads, onMessage });
      return { engine: loaded, skipped };
    } catch (error) {
      if (name === wanted.at(-1)) {
        throw new Error(
          `jit: engine "${name}" must load, got ${reasonOf(error)}; ${remedies[name]}`,
          { cause: error },
        );
      }
      skipped.push({ engine: name, reason: reasonOf(error) });
    }
  }
  throw new Error("internal: no engine was tried");
}

const told = new Set<string>();

/** Says, each once per process, that a slower engine stands in or that there are fewer threads than asked for. */
function tell(
  skipped: EngineReport["skipped"],
  taken: Engine,
  { threads, onMessage }: { threads: Threads; onMessage: (message: string) => void },
): void {
  const messages: string[] = [];
  const [first] = skipped;
  if (first && isNode()) {
    messages.push(
      `jit: running on "${taken.name}", slower than "${first.engine}", because ${first.reason}`,
    );
  }
  if (threads !== undefined && taken.threads < threads && taken.name !== "eager") {
    messages.push(
      `jit: running on ${taken.threads} of ${threads} threads: engine "${taken.name}" has no more here`,
    );
  }
  for (const message of messages) {
    if (told.has(message)) continue;
    told.add(message);
    onMessage(message);
  }
}

function isNode(): boolean {
  return typeof process !== "undefined" && Boolean(process.versions.node);
}

/** Node's own channel for warnings, which users can redirect or silence. */
function warn(message: string): void {
  if (isNode()) process.emitWarning(message, "ElboWarning");
}
