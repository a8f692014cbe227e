import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs";
import { expect, test } from "vitest";
import { jit, type JitOptions } from "../src/index.ts";
import { adamScalars, mlpVaeStep, seeded } from "./mlpVae.ts";

const sizes = { pixels: 30, hidden: 24, latent: 3 };

async function train(
  options: Partial<JitOptions>,
  steps = 50,
): Promise<{ losses: number[]; weights: Float32Array[] }> {
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const step = jit(fn, { feeds, state, ...options });
  const random = seeded(3);
  const losses: number[] = [];
  for (let t = 1; t <= steps; t++) {
    const x = Float32Array.from({ length: 16 * sizes.pixels }, () => (random() > 0 ? 1 : 0));
    const eps = Float32Array.from({ length: 16 * sizes.latent }, random);
    const outputs = t % 5 === 0 ? undefined : { outputs: [] };
    const { loss } = await step({ x, eps, ...adamScalars(t) }, outputs);
    if (t % 5 === 0) losses.push(loss.data[0]);
  }
  await step.pull();
  const weights = state.map((variable) => variable.dataSync<"float32">().slice());
  step.dispose();
  state.forEach((variable) => variable.dispose());
  return { losses, weights };
}

const eager = train({ engine: "eager" });

test.each([
  ["native, loop", { engine: "native", update: "loop", threads: 1 }],
  ["native, graph", { engine: "native", update: "graph", threads: 2 }],
  ["wasm, loop", { engine: "wasm", update: "loop", threads: 1 }],
  ["wasm, graph", { engine: "wasm", update: "graph", threads: 1 }],
] as [string, Partial<JitOptions>][])("50 steps on %s equal 50 eager steps", async (_, options) => {
  const expected = await eager;
  const actual = await train(options);
  expectClose(actual.losses, expected.losses, { rtol: 1e-4 });
  actual.weights.forEach((values, i) => {
    expectClose(values, expected.weights[i], { rtol: 2e-3, atol: 2e-5 });
  });
});

test("the update as a loop and in the graph agree to the last bit", async () => {
  const loop = await train({ engine: "native", update: "loop", threads: 1 });
  const graph = await train({ engine: "native", update: "graph", threads: 1 });
  expect(loop.losses).toEqual(graph.losses);
  expect(loop.weights).toEqual(graph.weights);
});

test("one and two threads give the same bits", async () => {
  const one = await train({ engine: "native", threads: 1 });
  const two = await train({ engine: "native", threads: 2 });
  expect(one.weights).toEqual(two.weights);
});

test("two compiled functions share state without pull or push", async () => {
  await tf.ready();
  const w = tf.variable(tf.tensor1d([1, 2]));
  const grow = jit(
    () => {
      w.assign(tf.add(w, 1));
      return {};
    },
    { feeds: {}, state: [w], engine: "native" },
  );
  const read = jit(() => ({ twice: tf.mul(w, 2) }), { feeds: {}, state: [w], engine: "wasm" });
  await grow({});
  expect(Array.from((await read({})).twice.data)).toEqual([4, 6]);
  await grow({});
  expect(Array.from((await read({})).twice.data)).toEqual([6, 8]);
  grow.dispose();
  expect(Array.from((await read({})).twice.data)).toEqual([6, 8]);
  read.dispose();
  w.dispose();
});
