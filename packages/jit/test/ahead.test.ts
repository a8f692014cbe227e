/** @file Calls that are not waited for: handed over while others run, they must give what calls one after another give. */
import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { addonHost, type Addon } from "../src/runtime/addon.ts";
import { enqueue, enqueueTurn } from "../src/runtime/queue.ts";
import { loadPlan, runLoaded } from "../src/runtime/runPlan.ts";
import type { CompiledFunction, NdArray } from "../src/index.ts";

const rows = 64;
const width = 256;

/** Functions over one variable: a long step, a long reading, a brief step, and steps on other engines. */
function functions(w: tf.Variable): Record<string, CompiledFunction> {
  const step = ({ x, rate }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => {
    const y = tf.tanh(tf.matMul(x as tf.Tensor2D, w as unknown as tf.Tensor2D));
    w.assign(tf.sub(w, tf.mul(rate, tf.matMul(x as tf.Tensor2D, y as tf.Tensor2D, true))));
    return { loss: tf.mean(tf.square(y)), y, first: tf.slice(w, [0, 0], [1, 4]) };
  };
  const feeds = { x: { shape: [rows, width] }, rate: { shape: [] } };
  const state = [w];
  return {
    long: jit(step, { feeds, state, engine: "native", threads: 2 }),
    single: jit(step, { feeds, state, engine: "native", threads: 1 }),
    wasm: jit(step, { feeds, state, engine: "wasm" }),
    eager: jit(step, { feeds, state, engine: "eager" }),
    reading: jit(({ x }) => ({ z: tf.matMul(x as tf.Tensor2D, w as unknown as tf.Tensor2D) }), {
      feeds: { x: { shape: [rows, width] } },
      state,
      engine: "native",
    }),
    brief: jit(
      ({ rate }) => {
        w.assign(tf.mul(w, tf.sub(1, rate)));
        return { corner: tf.slice(w, [0, 0], [2, 2]) };
      },
      { feeds: { rate: { shape: [] } }, state, engine: "native" },
    ),
  };
}

/** Uniform numbers of a seed. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => (state = (1103515245 * state + 12345) % 2 ** 31) / 2 ** 31;
}

interface Call {
  readonly name: string;
  readonly x: Float32Array;
  readonly rate: number;
  readonly outputs?: readonly string[];
}

/** Calls in an order drawn by a seed; one in ten has a feed that is refused. */
function drawCalls(seed: number, count: number): Call[] {
  const random = uniform(seed);
  const names = ["long", "long", "long", "reading", "brief", "single", "wasm", "eager"];
  return Array.from({ length: count }, () => {
    const name = names[Math.floor(random() * names.length)];
    const length = random() < 0.1 ? 3 : rows * width;
    const x = Float32Array.from({ length }, () => random() - 0.5);
    const outputs = name === "long" && random() < 0.5 ? { outputs: ["loss"] } : {};
    return { name, x, rate: 0.01 * random(), ...outputs };
  });
}

function call(all: Record<string, CompiledFunction>, { name, x, rate, outputs }: Call) {
  const feeds = { ...(name === "brief" ? {} : { x }), ...(name === "reading" ? {} : { rate }) };
  return all[name](feeds, outputs === undefined ? {} : { outputs }).then(
    (given: Record<string, NdArray>) =>
      Object.entries(given).map(([key, { data }]) => [key, data] as const),
    (error: Error) => error.message,
  );
}

test.each([1, 2, 3])(
  "calls of many functions over one variable, drawn by seed %i",
  async (seed) => {
    const calls = drawCalls(seed, 40);
    const start = tf.randomNormal([width, width], 0, 0.05, "float32", seed);
    const runs = [];
    for (const isWaiting of [true, false]) {
      const w = tf.variable(start);
      const all = functions(w);
      const results = [];
      for (const one of calls) {
        const result = call(all, one);
        results.push(result);
        if (isWaiting) await result;
      }
      const pulled = all["long"].pull().then(() => w.dataSync().slice());
      runs.push({ results: await Promise.all(results), pulled: await pulled });
      for (const f of Object.values(all)) f.dispose();
      w.dispose();
    }
    start.dispose();
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[0].results.some((result) => typeof result === "string")).toBe(true);
  },
);

test("a value that is pulled or pushed between calls is that of its place among them", async () => {
  const w = tf.variable(tf.zeros([width, width]));
  const add = jit(
    ({ x }) => {
      w.assign(tf.add(w, tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D, true)));
      return {};
    },
    { feeds: { x: { shape: [rows, width] } }, state: [w], engine: "native" },
  );
  const x = new Float32Array(rows * width).fill(1);
  const seen: Promise<number>[] = [];
  for (let i = 0; i < 3; i++) {
    void add({ x });
    void add({ x });
    seen.push(add.pull().then(() => w.dataSync()[0]));
  }
  expect(await Promise.all(seen)).toEqual([2 * rows, 4 * rows, 6 * rows]);
  w.assign(tf.fill([width, width], 5));
  void add.push();
  void add({ x });
  await add.pull();
  expect(w.dataSync()[0]).toBe(5 + rows);
  add.dispose();
  w.dispose();
});

test("a call takes the feeds of the moment when it is made", async () => {
  const w = tf.variable(tf.scalar(0));
  const add = jit(
    ({ rate }) => {
      w.assign(tf.add(w, rate));
      return { w: w.clone() };
    },
    { feeds: { rate: { shape: [] } }, state: [w], engine: "native" },
  );
  const feeds = { rate: 1 };
  const calls = [];
  for (; feeds.rate <= 3; feeds.rate++) calls.push(add(feeds));
  expect((await Promise.all(calls)).map((result) => result["w"].data[0])).toEqual([1, 3, 6]);
  add.dispose();
  w.dispose();
});

test("memory of programs is there once they are loaded, not at their first run, when others may run", async () => {
  const allocated: number[] = [];
  const addon = {
    isa: () => "fake",
    load: () => ({}),
    allocate: (bytes: number) => {
      allocated.push(bytes);
      return new ArrayBuffer(bytes);
    },
    detach: () => undefined,
    bind: () => undefined,
    run: () => Promise.resolve(),
  } as unknown as Addon;
  const host = addonHost(addon, 1);
  const nothing = { states: [], apart: [], kept: [], feeds: [], outputs: [] };
  const parts = { ...nothing, words: new Int32Array(), constants: new Uint8Array(8) };
  const [small, large] = [128, 512].map((arenaBytes) => loadPlan(host, { ...parts, arenaBytes }));
  expect(allocated).toEqual([128, 8, 512, 8]);
  for (const loaded of [small, large]) await runLoaded(host, loaded, { feeds: {}, states: [] });
  expect(allocated.length).toBe(4);
});

test("a task begins when the one before hands on, and is alone when all before are over", async () => {
  const log: string[] = [];
  let finish!: () => void;
  const blocked = new Promise<void>((resolve) => (finish = resolve));
  const first = enqueueTurn(async ({ handOn }) => {
    log.push("first begins");
    handOn();
    await blocked;
    log.push("first ends");
  });
  const second = enqueueTurn(async ({ alone }) => {
    log.push("second begins");
    await alone();
    log.push("second is alone");
    throw new Error("second fails");
  });
  const third = enqueue(() => Promise.resolve(log.push("third")));
  setTimeout(finish, 10);
  await expect(second).rejects.toThrow("second fails");
  await Promise.all([first, third]);
  expect(log).toEqual(["first begins", "second begins", "first ends", "second is alone", "third"]);
});

test("a long program is handed over a second time while it runs, never a third time", async () => {
  const log: string[] = [];
  const ends: (() => void)[] = [];
  let handles = 0;
  const addon = {
    isa: () => "fake",
    load: () => ({ number: handles++ }),
    bind: ({ number }: { number: number }) => log.push(`bind ${number}`),
    run: ({ number }: { number: number }) => {
      log.push(`run ${number}`);
      return new Promise<void>((resolve) => ends.push(resolve));
    },
  } as unknown as Addon;
  const program = addonHost(addon, 1).load(new Int32Array(), false);
  const regions = [new Float32Array(1)];
  const handedOver: number[] = [];
  const runs = [0, 1, 2].map((i) =>
    program.run({
      regions: [...regions, new Float32Array(1)],
      lasting: 1,
      handedOver: () => handedOver.push(i),
    }),
  );
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  await turn();
  expect(log).toEqual(["bind 0", "run 0", "bind 1", "run 1"]);
  expect(handedOver).toEqual([0, 1]);
  ends[0]();
  await turn();
  expect(log.slice(4)).toEqual(["bind 0", "run 0"]);
  ends[1]();
  ends[2]();
  await Promise.all(runs);
  expect(handedOver).toEqual([0, 1, 2]);
});
