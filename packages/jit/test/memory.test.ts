import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { webAssemblyHost } from "../src/runtime/kernelHosts.ts";
import { adamScalars, mlpVaeStep } from "./mlpVae.ts";
import { longRun } from "./support/longRun.ts";

const megabyte = 2 ** 20;

test("thousands of steps leave memory and the number of tensors as they were", async () => {
  const { run, dispose } = longRun({ threads: 1 });
  await run(2000);
  const tensors = tf.memory().numTensors;
  const growths: number[] = [];
  for (let window = 0; window < 4; window++) {
    const before = process.memoryUsage.rss();
    await run(3000);
    growths.push(process.memoryUsage.rss() - before);
  }
  expect(tf.memory().numTensors).toBe(tensors);
  // Garbage comes and goes between windows; a leak of a batch per step would be 6 MB in each.
  expect(Math.min(...growths)).toBeLessThan(3 * megabyte);
  dispose();
});

test("programs let go of large feeds and results when a call is over", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const f = jit(({ x }) => ({ y: tf.add(x, 1) }), {
    feeds: { x: { shape: [null, 20_000] } },
    engine: "native",
  });
  const call = async (batch: number): Promise<WeakRef<object>[]> => {
    const x = new Float32Array(batch * 20_000);
    const { y } = await f({ x });
    return [new WeakRef(x), new WeakRef(y.data)];
  };
  const seen = [...(await call(1)), ...(await call(2)), ...(await call(3))];
  await new Promise((resolve) => setTimeout(resolve, 10)); // a WeakRef holds on until the task is over
  collect();
  expect(seen.filter((ref) => ref.deref() !== undefined)).toEqual([]);
  f.dispose();
});

test("compiling and disposing again and again does not grow the memory of WebAssembly", async () => {
  const { memory } = await webAssemblyHost();
  const size = (): number => memory.allocate(1).bytes().buffer.byteLength;
  const cycle = async (): Promise<void> => {
    const { fn, feeds, state } = mlpVaeStep({ pixels: 60, hidden: 50, latent: 3 });
    const step = jit(fn, { feeds, state, engine: "wasm" });
    await step({ x: new Float32Array(240), eps: new Float32Array(12), ...adamScalars(1) });
    step.dispose();
    await step.pull().catch(() => undefined); // waits until the disposal has run
    tf.dispose(state);
  };
  await cycle();
  const bytes = size();
  for (let i = 0; i < 10; i++) await cycle();
  expect(size()).toBe(bytes);
});
