import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { jit } from "../src/index.ts";
import { adamScalars, mlpVaeStep, seeded } from "./mlpVae.ts";

const megabyte = 2 ** 20;

test("100,000 steps take no more memory at the end than after the first thousands", async () => {
  const sizes = { pixels: 30, hidden: 24, latent: 3 };
  const { fn, feeds, state } = mlpVaeStep(sizes);
  const step = jit(fn, { feeds, state, engine: "native", threads: 2 });
  const random = seeded(3);
  const x = Float32Array.from({ length: 16 * sizes.pixels }, () => (random() > 0 ? 1 : 0));
  const eps = Float32Array.from({ length: 16 * sizes.latent }, random);
  const run = async (steps: number): Promise<void> => {
    for (let t = 1; t <= steps; t++) {
      await step({ x, eps, ...adamScalars(t) }, { outputs: t % 10 === 0 ? ["loss"] : [] });
    }
  };
  await run(5000);
  const tensors = tf.memory().numTensors;
  const { rss, external } = process.memoryUsage();
  await run(100_000);
  expect(tf.memory().numTensors).toBe(tensors);
  // A leak of 200 bytes per step would be 20 MB; garbage that is not collected yet stays below.
  expect(process.memoryUsage().external - external).toBeLessThan(4 * megabyte);
  expect(process.memoryUsage.rss() - rss).toBeLessThan(20 * megabyte);
  step.dispose();
  tf.dispose(state);
});
