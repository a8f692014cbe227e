import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit, type JitOptions } from "../src/index.ts";
import { trainingRun } from "./trainingRun.ts";

const eager = trainingRun({ engine: "eager" });

test.each([
  ["native, loop", { engine: "native", update: "loop", threads: 1 }],
  ["native, graph", { engine: "native", update: "graph", threads: 2 }],
  ["wasm, loop", { engine: "wasm", update: "loop" }],
  ["wasm, graph", { engine: "wasm", update: "graph" }],
] as [string, Partial<JitOptions>][])("50 steps on %s equal 50 eager steps", async (_, options) => {
  const expected = await eager;
  const actual = await trainingRun(options);
  expectClose(actual.losses, expected.losses, { rtol: 1e-4 });
  actual.weights.forEach((values, i) => {
    expectClose(values, expected.weights[i], { rtol: 2e-3, atol: 2e-5 });
  });
});

test("the update as a loop and in the graph agree to the last bit", async () => {
  const loop = await trainingRun({ engine: "native", update: "loop", threads: 1 });
  const graph = await trainingRun({ engine: "native", update: "graph", threads: 1 });
  expect(loop.losses).toEqual(graph.losses);
  expect(loop.weights).toEqual(graph.weights);
});

test("one and two threads give the same bits", async () => {
  const one = await trainingRun({ engine: "native", threads: 1 });
  const two = await trainingRun({ engine: "native", threads: 2 });
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
