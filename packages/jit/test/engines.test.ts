import { digest, expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { engineNames, jit, type JitOptions } from "../src/index.ts";
import { trainingRun } from "./trainingRun.ts";

const eager = trainingRun({ engine: "eager" });

test.each([
  ["native", { engine: "native", threads: 1 }],
  ["native, two threads", { engine: "native", threads: 2 }],
  ["wasm", { engine: "wasm" }],
  ["portable", { engine: "portable" }],
  ["onnx", { engine: "onnx", threads: 1 }],
] as [string, Partial<JitOptions>][])("50 steps on %s equal 50 eager steps", async (_, options) => {
  const expected = await eager;
  const actual = await trainingRun(options);
  expectClose(actual.losses, expected.losses, { rtol: 1e-4 });
  actual.weights.forEach((values, i) => {
    expectClose(values, expected.weights[i], { rtol: 2e-3, atol: 2e-5 });
  });
});

test.each(["native", "wasm", "portable"] as const)(
  "1, 2, 3 and 8 threads give the same bits on %s, and so does another run",
  async (engine) => {
    const one = await trainingRun({ engine, threads: 1 });
    for (const threads of [1, 2, 3, 8]) {
      const other = await trainingRun({ engine, threads, onMessage: () => undefined });
      expect(other.weights).toEqual(one.weights);
    }
  },
);

test("50 steps on portable leave the bits that they leave on every machine", async () => {
  const { weights } = await trainingRun({ engine: "portable" });
  // What was compressed with the bits of one version is only read with the same bits: a change here breaks such files.
  expect(digest(Object.fromEntries(weights.map((data, i) => [i, { data }])))).toBe(
    "07ee9e4c9c4222a078a5daa907a908bd66a940830b82a34c1a51b7535e2182c0",
  );
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

test("every engine goes on from the state that the one before left, wherever that lies", async () => {
  const w = tf.variable(tf.tensor1d([1, 2]));
  const grow = engineNames.map((engine) =>
    jit(
      ({ by }) => {
        w.assign(tf.add(w, by));
        return { now: w.clone() };
      },
      { feeds: { by: { shape: [] } }, state: [w], engine },
    ),
  );
  // Every ordered pair of engines comes by.
  const turns = grow.flatMap((one) => grow.flatMap((other) => [one, other]));
  const calls = turns.map((call) => call({ by: 1 }));
  const seen = (await Promise.all(calls)).map(({ now }) => now.data[0]);
  expect(seen).toEqual(turns.map((_, i) => i + 2));
  for (const call of grow) call.dispose();
  w.dispose();
});

test.each(["native", "wasm"] as const)(
  "programs that are made after the measurement was switched on are measured on %s",
  async (engine) => {
    const product = jit(
      ({ x }) => {
        const once = tf.matMul(x, x, true);
        return { once: tf.sum(once), twice: tf.sum(tf.matMul(x, once)) };
      },
      { feeds: { x: { shape: [null, 100] } }, engine },
    );
    const of = (rows: number): Float32Array => new Float32Array(100 * rows).fill(1);
    await product({ x: of(60) }, { outputs: ["once"] });
    expect(await product.profile()).toEqual([]);
    await product({ x: of(60) }, { outputs: ["once"] });
    await product({ x: of(60) }, { outputs: ["twice"] });
    await product({ x: of(70) }, { outputs: ["once"] });
    const products = (await product.profile()).filter(({ operations }) => operations > 0);
    expect(products.length).toBe(4);
    for (const { ms } of products) expect(ms).toBeGreaterThan(0);
    product.dispose();
  },
);

test.each([
  ["a brief call on native runs where it is called", 8, false],
  ["a long call on native leaves the thread that called it to others", 600, true],
] as const)("%s", async (_, size, leaves) => {
  const product = jit(({ x }) => ({ y: tf.matMul(x, x) }), {
    feeds: { x: { shape: [size, size] } },
    engine: "native",
  });
  const x = new Float32Array(size * size).fill(1);
  await product({ x });
  let isDone = false;
  const call = product({ x }).finally(() => (isDone = true));
  for (let i = 0; i < 1000; i++) await Promise.resolve(); // no turn of the event loop, which a result from another thread needs
  expect(isDone).toBe(!leaves);
  expect((await call).y.data[0]).toBe(size);
  product.dispose();
});
