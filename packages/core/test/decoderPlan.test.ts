import { readFile } from "node:fs/promises";
import { expectClose } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { loadPlan } from "@elbo/jit/run";
import {
  bernoulliLikelihood,
  createModel,
  createNetworks,
  decoderPlan,
  gaussian,
  gaussianLikelihood,
  reparameterized,
} from "../src/index.ts";

const kernels = new Uint8Array(
  await readFile(new URL("../../jit/native/built/wasm.wasm", import.meta.url)),
);

test("a decoder as a plan file decodes as the model does, and refuses what it does not know", async () => {
  const example = { x: bernoulliLikelihood([6, 6, 1]) };
  const latents = reparameterized({ size: 3, posterior: gaussian });
  const networks = createNetworks({ kind: "mlp", hidden: [8] }, { example, latents, seed: 1 });
  const model = createModel({ kind: "test", options: {}, example, latents, networks, seed: 1 });
  const code = Float32Array.from([0.5, -1, 2, 1, 0, -0.5]);
  const expected = await model.decode({ data: code, shape: [2, 3] });
  const runner = await loadPlan(await decoderPlan(model, { batch: 2 }), kernels);
  expect(runner.feeds).toEqual([{ name: "code", shape: [2, 3], dtype: "float32" }]);
  const { x } = await runner.run({ code });
  expect(x.shape).toEqual([2, 6, 6, 1]);
  x.data.forEach((value, i) => {
    expect(Math.abs(value - expected.data[i])).toBeLessThan(1e-6); // kernels of another instruction set
  });
  const half = await decoderPlan(model, { weights: "float16" });
  expect(half.length).toBeLessThan((await decoderPlan(model)).length);
  const bytes = await loadPlan(await decoderPlan(model, { batch: 2, weights: "int8" }), kernels);
  (await bytes.run({ code })).x.data.forEach((value, i) => {
    expect(Math.abs(value - expected.data[i])).toBeLessThan(0.01); // a part of 254 of each weight
  });
  bytes.dispose();
  await expect(decoderPlan(model, { batch: 0 })).rejects.toThrow(/^decoderPlan: batch must be/u);
  runner.dispose();
  model.dispose();
  await expect(decoderPlan(model)).rejects.toThrow(/^decoderPlan: /u);
});

test("a decoder of signals of odd length is a plan too", async () => {
  const example = { x: gaussianLikelihood([13, 2]) };
  const latents = reparameterized({ size: 3, posterior: gaussian });
  const network = { kind: "conv", widths: [4, 5], hidden: [6] } as const;
  const networks = createNetworks(network, { example, latents, seed: 1 });
  const model = createModel({ kind: "test", options: {}, example, latents, networks, seed: 1 });
  const code = Float32Array.from([0.5, -1, 2, 1, 0, -0.5]);
  const expected = await model.decode({ data: code, shape: [2, 3] });
  const runner = await loadPlan(await decoderPlan(model, { batch: 2 }), kernels);
  const { x } = await runner.run({ code });
  expect(x.shape).toEqual([2, 13, 2]);
  expectClose(x.data, expected.data, { rtol: 1e-5, atol: 1e-6 }); // kernels of another instruction set
  runner.dispose();
  model.dispose();
});
