import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { longRun } from "./support/longRun.ts";

const megabyte = 2 ** 20;

test("100,000 steps take no more memory at the end than after the first thousands", async () => {
  const { run, dispose } = longRun({ threads: 2 });
  await run(5000);
  const tensors = tf.memory().numTensors;
  const { rss, external } = process.memoryUsage();
  await run(100_000);
  expect(tf.memory().numTensors).toBe(tensors);
  // A leak of 200 bytes per step would be 20 MB; garbage that is not collected yet stays below.
  expect(process.memoryUsage().external - external).toBeLessThan(4 * megabyte);
  expect(process.memoryUsage.rss() - rss).toBeLessThan(20 * megabyte);
  dispose();
});
