import { reasonOf } from "@elbo/common";
import type { EngineName, EngineReport, JitOptions } from "../types.ts";
import { eagerEngine } from "./eager.ts";
import type { Engine } from "./engine.ts";
import { nativeEngine } from "#platform";
import { wasmEngine } from "./wasm.ts";

/** An engine, and those that were preferred but could not be had. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly skipped: EngineReport["skipped"];
}

/** What `"auto"` tries, in this order. */
const preference: readonly EngineName[] = ["native", "wasm", "eager"];

/**
 * Loads the engine that the options ask for; under `"auto"` the first of native, wasm, eager that loads.
 *
 * @throws Error when a named engine cannot be loaded
 */
export async function chooseEngine(options: JitOptions): Promise<ChosenEngine> {
  const { engine = "auto", device = "cpu", onMessage = warn } = options;
  const threads = options.threads === "auto" ? undefined : options.threads;
  const load: Record<EngineName, () => Engine | Promise<Engine>> = {
    native: () => nativeEngine(device, threads),
    wasm: () => wasmEngine(device, threads),
    eager: () => eagerEngine(),
  };
  if (engine !== "auto") {
    try {
      return { engine: await load[engine](), skipped: [] };
    } catch (error) {
      throw new Error(
        `jit: engine "${engine}" must load, got ${reasonOf(error)}; ${remedies[engine]}`,
        { cause: error },
      );
    }
  }
  const skipped: { engine: EngineName; reason: string }[] = [];
  for (const name of preference) {
    try {
      const loaded = await load[name]();
      report(skipped, name, onMessage);
      return { engine: loaded, skipped };
    } catch (error) {
      skipped.push({ engine: name, reason: reasonOf(error) });
    }
  }
  throw new Error("internal: the eager engine did not load");
}

const remedies: Readonly<Record<EngineName, string>> = {
  native:
    'install onnxruntime-node (npm i onnxruntime-node --ignore-scripts, or set onnxruntime-node-install=skip in .npmrc), or use engine: "wasm"',
  wasm: 'install onnxruntime-web, or use engine: "eager"',
  eager: 'npm i @tensorflow/tfjs-backend-cpu, or use engine: "auto"',
};

let told = false;

/** Says once per process that a slower engine stands in. */
function report(
  skipped: EngineReport["skipped"],
  taken: EngineName,
  onMessage: (message: string) => void,
): void {
  const [first] = skipped;
  if (!first || told || !isNode()) return;
  told = true;
  onMessage(
    `jit: running on "${taken}", slower than "${first.engine}", because ${first.reason}; to change that, ${remedies[first.engine]}`,
  );
}

function isNode(): boolean {
  return typeof process !== "undefined" && Boolean(process.versions.node);
}

/** Node's own channel for warnings, which users can redirect or silence. */
function warn(message: string): void {
  if (isNode()) process.emitWarning(message, "ElboWarning");
}
