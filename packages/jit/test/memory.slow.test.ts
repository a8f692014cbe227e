import * as tf from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import { longRun } from "./support/longRun.ts";

const megabyte = 2 ** 20;

test.each([
  { steps: 100_000, batch: 16, where: "where they are called" },
  { steps: 20_000, batch: 512, where: "on a thread of their own" },
])(
  "$steps steps $where take no more memory at the end than after the first thousands",
  async ({ steps, batch }) => {
    const { run, dispose } = longRun({ threads: 2, batch });
    await run(5000);
    const tensors = tf.memory().numTensors;
    const { rss, external } = process.memoryUsage();
    await run(steps);
    expect(tf.memory().numTensors).toBe(tensors);
    // A leak of 1,000 bytes per step would be 20 MB or more; garbage that is not collected yet stays below.
    expect(process.memoryUsage().external - external).toBeLessThan(4 * megabyte);
    expect(process.memoryUsage.rss() - rss).toBeLessThan(20 * megabyte);
    dispose();
  },
);
