/** Runs a graph without feeds and state on the engine that the environment variable ELBO_ENGINE names. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as ort from "onnxruntime-node";
import type { Graph } from "../../src/graph/value.ts";
import { toModel } from "../../src/onnx/toModel.ts";
import { plan } from "../../src/plan/plan.ts";
import { simplify } from "../../src/rewrite/simplify.ts";
import { addonHost, type Addon } from "../../src/runtime/addon.ts";
import { addonName } from "../../src/runtime/addonName.ts";
import type { KernelHost } from "../../src/runtime/kernelHost.ts";
import { runPlan } from "../../src/runtime/runPlan.ts";
import { wasmHost } from "../../src/runtime/wasmHost.ts";
import type { NdArray, TypedArray } from "../../src/types.ts";

const engine = process.env.ELBO_ENGINE ?? "native";
/** The bundler puts the folder of the built kernels here. */
declare const builtFolder: string;

let host: KernelHost | undefined;

async function hostOf(): Promise<KernelHost> {
  if (host) return host;
  if (engine === "wasm") {
    const module = await WebAssembly.compile(readFileSync(`${builtFolder}/wasm.wasm`));
    host = await wasmHost({ module, shared: false, name: "portable", instructionSet: "simd128" });
  } else {
    const require = createRequire(builtFolder);
    host = addonHost(require(`${builtFolder}/${addonName()}.node`) as Addon, 1);
  }
  return host;
}

/** Computes the outputs of a graph. */
export async function runGraph(graph: Graph): Promise<Record<string, NdArray>> {
  if (engine === "onnx") return runOnnx(simplify(graph));
  const made = plan(simplify(graph, { convolutions: "keep" }));
  return runPlan(await hostOf(), made, { feeds: {}, states: [] });
}

async function runOnnx({ outputs }: Graph): Promise<Record<string, NdArray>> {
  const session = await ort.InferenceSession.create(toModel({ inputs: [], outputs }), {
    graphOptimizationLevel: "disabled",
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
  });
  try {
    const results = await session.run({});
    return Object.fromEntries(
      Object.entries(results).map(([name, { data, dims }]) => [
        name,
        { data: (data as TypedArray).slice(), shape: dims },
      ]),
    );
  } finally {
    await session.release();
  }
}
