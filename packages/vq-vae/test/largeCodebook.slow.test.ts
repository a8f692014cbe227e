import { evaluate, train } from "@elbo/core";
import { expect, test } from "vitest";
import { vqVae } from "../src/index.ts";

// As a matrix, the distances of 16,384 tokens from 65,536 codes are 4.3 GB.
test("65,536 codes train and evaluate on 16,384 tokens a step without a matrix of all distances", async () => {
  const data = Uint8Array.from({ length: 1024 * 256 }, (_, i) => (i * 2654435761) >>> 24);
  const images = { data, shape: [1024, 16, 16, 1] };
  const model = vqVae({
    image: [16, 16, 1],
    codebookSize: 65_536,
    codeDim: 4,
    network: { kind: "conv", widths: [4, 4] },
  });
  const before = process.memoryUsage().rss;
  const { report } = await train(model, images, {
    steps: 2,
    batchSize: 1024,
    validation: 0,
    progress: "silent",
  });
  expect(report?.engine).not.toBe("eager");
  expect(process.memoryUsage().rss - before).toBeLessThan(1.5e9);
  const { data: first } = await model.encode({
    data: data.subarray(0, 8 * 256),
    shape: [8, 16, 16, 1],
  });
  expect(Math.max(...first)).toBeLessThan(65_536);
  const few = { data: data.subarray(0, 64 * 256), shape: [64, 16, 16, 1] };
  expect((await evaluate(model, few)).usage.mean).toBeGreaterThan(0);
});
