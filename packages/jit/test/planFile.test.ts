import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { crc32 } from "@elbo/common";
import { expectClose } from "@elbo/test-utils";
import * as tf from "@tensorflow/tfjs-core";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { floatsOf, halvesOf } from "../src/plan/half.ts";
import { floatsOfBytes, scaledBytesOf } from "../src/plan/scaledBytes.ts";
import { loadPlan } from "../src/run.ts";
import { adamScalars, mlpVaeStep, seeded } from "./mlpVae.ts";

const kernels = new Uint8Array(
  await readFile(new URL("../native/built/wasm.wasm", import.meta.url)),
);

test("a training step as a file goes on where the function was, without TensorFlow.js", async () => {
  const sizes = { pixels: 30, hidden: 24, latent: 3 };
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const step = jit(fn, { feeds, state, engine: "wasm" });
  const draw = seeded(3);
  const batch = (): Record<string, Float32Array> => ({
    x: Float32Array.from({ length: 16 * sizes.pixels }, () => (draw() > 0 ? 1 : 0)),
    eps: Float32Array.from({ length: 16 * sizes.latent }, draw),
  });
  await step({ ...batch(), ...adamScalars(1) });
  const runner = await loadPlan(await step.toPlan({ batch: 16 }), kernels);
  for (let t = 2; t < 5; t++) {
    const given = batch();
    const { loss } = await step({ ...given, ...adamScalars(t) });
    const scalars: Record<string, Float32Array> = {};
    for (const [name, value] of Object.entries(adamScalars(t)))
      scalars[name] = Float32Array.of(value);
    const alone = await runner.run({ ...given, ...scalars });
    expect(alone.loss).toEqual(loss); // the kernels are the same, so the bits are
  }
  runner.dispose();
  step.dispose();
  tf.dispose(state);
});

test("weights in half precision give nearly the same, in half the size", async () => {
  const weight = tf.variable(tf.tensor2d(Float32Array.from({ length: 4096 }, seeded(1)), [64, 64]));
  const f = jit(({ x }) => ({ y: tf.tanh(tf.matMul(x, weight)), z: tf.neg(x) }), {
    feeds: { x: { shape: [null, 64] } },
    state: [weight],
  });
  const x = Float32Array.from({ length: 128 }, seeded(2));
  const { y } = await f({ x });
  const whole = await f.toPlan({ batch: 2, outputs: ["y"] });
  const half = await f.toPlan({ batch: 2, outputs: ["y"], weights: "float16" });
  expect(whole.length - half.length).toBe(8192);
  const runner = await loadPlan(half, kernels);
  expect(runner.outputs).toEqual([{ name: "y", shape: [2, 64], dtype: "float32" }]);
  expectClose((await runner.run({ x })).y.data, y.data, { atol: 3e-3, rtol: 0 });
  await expect(runner.run({ x: new Float32Array(3) })).rejects.toThrow(
    'run: feed "x" must be a Float32Array of shape [2, 64], got Float32Array of length 3',
  );
  await expect(f.toPlan()).rejects.toThrow("toPlan: batch must be an integer from 1 on, got undefined"); // prettier-ignore
  await expect(f.toPlan({ batch: 1, outputs: ["w"] })).rejects.toThrow('among y, z, got "w"');
  await expect(loadPlan(half.slice(0, half.length - 64), kernels)).rejects.toThrow("must be whole");
  await expect(loadPlan(new Uint8Array(100), kernels)).rejects.toThrow("must be a plan");
  runner.dispose();
  f.dispose();
  weight.dispose();
});

test("what does not fit a plan is refused in a sentence before it runs, and nothing runs after dispose", async () => {
  const f = jit(({ x }) => ({ y: tf.mul(x, 2), again: tf.reshape(x, [-1]), larger: tf.greater(x, 1) }), { feeds: { x: { shape: [null, 2] } } }); // prettier-ignore
  const file = await f.toPlan({ batch: 1 });
  await expect(f.toPlan({ batch: 1, weights: "float64" as never })).rejects.toThrow(
    "toPlan: weights must be float32, float16, int8, got float64",
  );
  const older = file.slice();
  const view = new DataView(older.buffer);
  const words = 64 * Math.ceil((16 + view.getUint32(12, true)) / 64);
  older[words] ^= 1;
  view.setUint32(8, crc32(older.subarray(12)), true);
  await expect(loadPlan(older, kernels)).rejects.toThrow(
    "loadPlan: the plan must be of this version of @elbo/jit, got one that another wrote; write it again with toPlan",
  );
  await expect(loadPlan(file.buffer as never, kernels)).rejects.toThrow(
    "loadPlan: the file must be a Uint8Array, got an object of ArrayBuffer",
  );
  await expect(loadPlan(file, new Uint8Array(9))).rejects.toThrow(
    "loadPlan: kernels must be the bytes of @elbo/jit/wasm or a module of them, got CompileError",
  );
  const runner = await loadPlan(file, await WebAssembly.compile(kernels));
  await expect(runner.run({})).rejects.toThrow(
    'run: feed "x" must be a Float32Array of shape [1, 2]',
  );
  const x = Float32Array.of(1, 3);
  const first = await runner.run({ x });
  await runner.run({ x: Float32Array.of(7, 7) });
  expect(first).toEqual(await f({ x })); // not what the second run wrote
  runner.dispose();
  runner.dispose();
  await expect(runner.run({ x })).rejects.toThrow(
    "run: a plan must not be used after dispose(), got a call",
  );
  f.dispose();
});

test("a plan with any byte damaged, or cut off anywhere, is refused before it runs", async () => {
  const weight = tf.variable(tf.ones([2, 2]));
  const f = jit(({ x }) => ({ y: tf.matMul(x, weight) }), {
    feeds: { x: { shape: [null, 2] } },
    state: [weight],
  });
  const file = await f.toPlan({ batch: 1 });
  const module = await WebAssembly.compile(kernels);
  for (let at = 0; at < file.length; at++) {
    const damaged = file.slice();
    damaged[at] ^= 1 << (at % 8);
    await expect(loadPlan(damaged, module), `byte ${at}`).rejects.toThrow(
      at < 8
        ? `loadPlan: the file must be a plan, got ${file.length} bytes of something else`
        : `loadPlan: the plan must be whole and as toPlan wrote it, got ${file.length} bytes of another checksum; copy it again`,
    );
    await expect(loadPlan(file.slice(0, at), module)).rejects.toThrow(/^loadPlan: the (file|plan) must be/); // prettier-ignore
  }
  f.dispose();
  weight.dispose();
});

test("weights in eight bits take a quarter, and outputs are off by no more than the bound says", async () => {
  const values = Float32Array.from({ length: 4096 }, seeded(1));
  const [weight, bias] = [tf.variable(tf.tensor2d(values, [64, 64])), tf.variable(tf.ones([64]))];
  const f = jit(({ x }) => ({ y: tf.add(tf.matMul(x, weight), bias) }), {
    feeds: { x: { shape: [null, 64] } },
    state: [weight, bias],
  });
  const x = Float32Array.from({ length: 128 }, seeded(2));
  const { y } = await f({ x });
  const whole = await f.toPlan({ batch: 2 });
  const file = await f.toPlan({ batch: 2, weights: "int8" });
  // A byte instead of four for each weight, four for each of 64 scales; the header says a little more.
  expect(whole.length - file.length).toBeGreaterThan(3 * 4096 - 4 * 64 - 128);
  const runner = await loadPlan(file, kernels);
  const { y: near } = await runner.run({ x });
  near.data.forEach((value, i) => {
    let bound = 1e-5;
    for (let k = 0; k < 64; k++) {
      const column = values.filter((_, at) => at % 64 === i % 64);
      bound += (Math.abs(x[64 * Math.floor(i / 64) + k]) * Math.max(...column.map(Math.abs))) / 254;
    }
    expect(Math.abs(value - y.data[i])).toBeLessThan(bound);
  });
  await expect(loadPlan(file.slice(0, file.length - 64), kernels)).rejects.toThrow("must be whole");
  runner.dispose();
  f.dispose();
  tf.dispose([weight, bias]);
});

test("bytes are within half a scale of every weight, whatever the sizes of the channels", () => {
  const draw = seeded(5);
  const sizes = [1, 1e-6, 1e6, 0, 1e-44];
  const values = Float32Array.from({ length: 500 }, (_, i) => draw() * sizes[i % 5]);
  const scaled = scaledBytesOf(values, 5);
  const back = floatsOfBytes(scaled);
  const largest = sizes.map((_, c) =>
    Math.max(...values.filter((_, i) => i % 5 === c).map(Math.abs)),
  );
  values.forEach((value, i) => {
    const off = Math.abs(back[i] - value);
    // Subnormal numbers are as far apart as 1.4e-45.
    expect(off).toBeLessThanOrEqual(largest[i % 5] * (1 / 254 + 1e-6) + 1e-43);
  });
  expect(scaled.bytes.some((byte) => byte === 127 || byte === -127)).toBe(true);
});

test("halves round to the nearest, ties to even, and come back", () => {
  const known: [number, number][] = [
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65520, 0x7c00],
    [Infinity, 0x7c00],
    [6.103515625e-5, 0x0400],
    [5.960464477539063e-8, 0x0001],
    [2.98e-8, 0x0000],
    [1 + 1 / 2048, 0x3c00],
    [1 + 3 / 2048, 0x3c02],
    [0.333251953125, 0x3555],
  ];
  expect(Array.from(halvesOf(Float32Array.from(known, ([value]) => value)))).toEqual(
    known.map(([, bits]) => bits),
  );
  const all = Uint16Array.from({ length: 0x7c01 }, (_, i) => i);
  expect(halvesOf(floatsOf(all))).toEqual(all);
  expect(floatsOf(halvesOf(Float32Array.of(NaN)))[0]).toBeNaN();
});

test("the runner is at most 60 kB and knows nothing of TensorFlow.js", async () => {
  const { metafile, outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("../src/run.ts", import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: "esm",
    platform: "browser",
    conditions: ["@elbo/source"],
    logLevel: "error",
  });
  expect(outputFiles[0].contents.length).toBeLessThan(60_000);
  expect(Object.keys(metafile.inputs).filter((path) => path.includes("tensorflow"))).toEqual([]);
});
