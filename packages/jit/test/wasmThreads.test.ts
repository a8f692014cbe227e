import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type JitOptions } from "../src/index.ts";
import { plan } from "../src/plan/plan.ts";
import { simplify } from "../src/rewrite/simplify.ts";
import { onnxEngine } from "../src/runtime/onnxEngine.ts";
import { kernelEngine } from "../src/runtime/kernelEngine.ts";
import type { KernelHost } from "../src/runtime/kernelHost.ts";
import type { Ort } from "../src/runtime/ort.ts";
import { loadWasm } from "../src/runtime/platformNode.ts";
import { runPlan } from "../src/runtime/runPlan.ts";
import { wasmHost } from "../src/runtime/wasmHost.ts";
import type { StartWorker, WorkerEnds } from "../src/runtime/wasmWorker.ts";
import { trace } from "../src/trace/trace.ts";

const x = Float32Array.from({ length: 256 * 300 }, (_, i) => Math.sin(i));

/** A product, an elementwise chain and reductions that have several parts each. */
function compiled(options: Partial<JitOptions>): ReturnType<typeof jit> {
  return jit(
    ({ x }) => {
      const y = tf.tanh(tf.matMul(x, x, false, true));
      return { y, rows: tf.mean(tf.exp(y), 1), columns: tf.sum(x, 0), all: tf.sum(tf.square(x)) };
    },
    { feeds: { x: { shape: [256, 300] } }, ...options },
  );
}

test("results have the same bytes while workers of WebAssembly start, work and rest", async () => {
  await tf.ready();
  const seen = new Set<string>();
  for (const threads of [1, 3, 2, 3, 1]) {
    const step = compiled({ engine: "wasm", threads });
    for (let i = 0; i < 30; i++) {
      const outputs = await step({ x });
      const hash = createHash("sha256");
      for (const { data } of Object.values(outputs)) hash.update(data);
      seen.add(hash.digest("hex"));
      if (i % 10 === 0) await setTimeout(20);
    }
    step.dispose();
  }
  expect(seen.size).toBe(1);
});

const hostOf = async (startWorker: StartWorker): Promise<KernelHost> =>
  wasmHost({
    module: await loadWasm("wasm-threads"),
    shared: true,
    name: "portable",
    instructionSet: "simd128",
    threads: 4,
    startWorker,
  });

test("where a worker must not be started, the calling thread does all parts", async () => {
  const fn = ({ x }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => ({
    y: tf.tanh(tf.matMul(x, x, false, true)),
  });
  const feeds = [{ name: "x", shape: [256, 300], dtype: "float32" as const }];
  const graph = simplify(trace({ fn, feeds, state: [] }), { convolutions: "keep" });
  let tries = 0;
  const host = await hostOf(() => {
    tries++;
    throw new Error("Access to this API has been restricted");
  });
  host.useThreads(3);
  const { y } = await runPlan(host, plan(graph), { feeds: { x }, states: [] });
  host.useThreads(2);
  host.useThreads(3);
  expect(tries).toBe(2);
  const step = jit(fn, { feeds: { x: { shape: [256, 300] } }, engine: "portable" });
  expect(y.data).toEqual((await step({ x })).y.data);
  step.dispose();
});

test("the report says how many threads there are", async () => {
  const step = compiled({ engine: "wasm", threads: 3 });
  await step({ x });
  expect(step.report?.threads).toBe(3);
  expect(step.report?.instructionSet).toMatch(/^simd128/);
  step.dispose();
});

test("threads that cannot be started are not reported", async () => {
  const forbidden = await hostOf(() => {
    throw new Error("Access to this API has been restricted");
  });
  expect(kernelEngine(forbidden, undefined).threads).toBe(1);
  const started: WorkerEnds[] = [];
  const host = await hostOf((_, ends) => started.push(ends)); // a page tells it later
  const engine = kernelEngine(host, 3);
  expect(started.length).toBe(2);
  expect(engine.threads).toBe(3);
  started[0].failed();
  expect(engine.threads).toBe(2);
  started[1].failed();
  started[1].failed();
  expect(engine.threads).toBe(1);
});

test("of ONNX Runtime in WebAssembly those are reported that its module has", async () => {
  const { default: ort } = (await import("onnxruntime-web")) as unknown as { default: Ort };
  const parts = { ort, device: "cpu", executionProvider: "wasm", results: "copied" } as const;
  const engine = onnxEngine({ ...parts, threads: 3 });
  const feeds = [{ name: "x", shape: [2], dtype: "float32" as const }];
  const fn = ({ x }: Record<string, tf.Tensor>) => ({ y: tf.mul(x, 2) });
  const program = await engine.prepare({ fn, feeds, state: [], graph: () => trace({ fn, feeds, state: [] }) }); // prettier-ignore
  const turn = { alone: () => Promise.resolve(), handOn: () => undefined };
  await program.run({ x: Float32Array.of(1, 2) }, {}, turn);
  const threads = ort.env?.wasm.numThreads ?? 0;
  expect(threads).toBeGreaterThan(0);
  expect(engine.threads).toBe(threads);
  program.dispose();
});
