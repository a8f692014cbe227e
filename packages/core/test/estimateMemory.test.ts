import * as tf from "@tensorflow/tfjs-core";
import { runModule } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { adam, estimateMemory, sgd } from "../src/index.ts";
import { smallModel } from "./support/models.ts";
import { line } from "./support/plainTrainables.ts";

test("variables, slots, averages and sums are counted exactly", async () => {
  const trainable = line();
  const values = 2 + 1;
  const all = { batchSize: 8, ema: 0.9, microBatches: 2 };
  expect(await estimateMemory(trainable, all)).toMatchObject({
    variables: 4 * values,
    slots: 4 * 2 * values,
    others: 4 * 2 * values,
    batch: 4 * 8 * 3,
  });
  const part = await estimateMemory(trainable, {
    batchSize: 8,
    optimizer: sgd({ momentum: 0.9 }),
    trains: (name) => name === "line/b",
  });
  expect(part).toMatchObject({ variables: 4 * values, slots: 4, others: 0 });
  const { total, ...parts } = part;
  expect(total).toBe(Object.values(parts).reduce((a, b) => a + b));
  trainable.dispose();
});

test("nothing is allocated by asking, and what a step takes grows with the batch", async () => {
  const model = smallModel();
  const before = tf.memory();
  const [small, large] = [
    await estimateMemory(model, { batchSize: 100 }),
    await estimateMemory(model, { batchSize: 10_000 }),
  ];
  expect(tf.memory().numTensors).toBe(before.numTensors);
  expect(tf.memory().numBytes).toBe(before.numBytes);
  expect(large.batch).toBe(100 * small.batch);
  expect(large.step / small.step).toBeGreaterThan(50);
  expect(large.step / small.step).toBeLessThan(101);
  const parts = await estimateMemory(model, { batchSize: 10_000, microBatches: 100 });
  expect(parts.step).toBe(small.step);
  model.dispose();
});

test("a step takes what was estimated, within a factor of two", async () => {
  // Two sizes of a batch, so that what a process takes anyway cancels out.
  const run = async (batchSize: number): Promise<{ peak: number; estimate: number }> => {
    const code = `
      import { createModel, estimateMemory, bernoulliLikelihood, gaussian, mlp, reparameterized, train, adam } from "../src/index.ts";
      const example = { x: bernoulliLikelihood([256]) };
      const latents = reparameterized({ size: 8, posterior: gaussian });
      const networks = mlp({ example, latents, hidden: [512, 512], seed: 1 });
      const model = createModel({ kind: "m", options: {}, example, latents, networks });
      const { total } = await estimateMemory(model, { batchSize: ${batchSize} });
      const data = { data: new Uint8Array(${batchSize} * 256), shape: [${batchSize}, 256] };
      await train(model, data, { steps: 2, batchSize: ${batchSize}, validation: 0, progress: "silent", engine: "native", threads: 1 });
      console.log(total);`;
    const { output, errors, peak } = await runModule(code, new URL(".", import.meta.url));
    expect(errors).not.toMatch(/Error:/);
    return { peak, estimate: Number(output) / 2 ** 20 };
  };
  const small = await run(64);
  const large = await run(8192);
  const measured = large.peak - small.peak;
  const estimated = large.estimate - small.estimate;
  expect(estimated).toBeGreaterThan(100);
  expect(measured / estimated).toBeGreaterThan(0.5);
  expect(measured / estimated).toBeLessThan(2);
});

test.each<[Record<string, unknown>, string]>([
  [{}, "estimateMemory: batchSize must be an integer at least 1, got undefined"],
  [{ batchSize: 0 }, "estimateMemory: batchSize must be an integer at least 1, got 0"],
  [{ batchSize: 1, epochs: 1 }, "estimateMemory: options must be among batchSize, optimizer"],
])("bad options are refused: %o", async (options, message) => {
  const trainable = line();
  await expect(estimateMemory(trainable, options as never)).rejects.toThrow(message);
  trainable.dispose();
});

test("an optimizer with more slots takes more", async () => {
  const trainable = line();
  const [plain, moments] = [sgd(), adam()].map((optimizer) =>
    estimateMemory(trainable, { batchSize: 4, optimizer }),
  );
  expect((await plain).slots).toBe(0);
  expect((await moments).slots).toBe(2 * 4 * 3);
  trainable.dispose();
});
