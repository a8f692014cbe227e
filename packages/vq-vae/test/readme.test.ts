import { describeOptions } from "@elbo/core";
import { readmeOptionRows, runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";
import type { HierarchicalVqVae } from "../src/index.ts";
import { vqVaeTable, type VqVae } from "../src/model.ts";

test("the README's example trains, evaluates, encodes, decodes, saves and loads", async () => {
  const { scores, indices, pictures, again } = (await runReadmeExample({
    url: import.meta.url,
    replace: {
      "epochs: 10": "steps: 2",
      "await evaluate(model, test)": "await evaluate(model, test, { limit: 32 })",
      "await model.encode(test)":
        "await model.encode({ data: test.data.subarray(0, 4 * 784), shape: [4, 28, 28, 1] })",
    },
  })) as Record<string, { kind?: string; shape?: number[]; perplexity?: { mean: number } }>;
  expect(scores.perplexity?.mean).toBeGreaterThan(1);
  expect(indices.shape).toEqual([4, 7, 7]);
  expect(pictures.shape).toEqual([4, 28, 28, 1]);
  expect(again.kind).toBe("vq-vae");
});

test("the README's second example trains a prior, samples by class, fills gaps and compresses", async () => {
  const { boots, perCode, completed, bytes, pictures } = (await runReadmeExample({
    url: import.meta.url,
    example: 1,
    replace: {
      "epochs: 10": "steps: 2",
      'const { train: images, test } = await load("fashion-mini");': `const all = await load("fashion-mini");
const some = (split: typeof all.train, n: number) => ({ data: split.data.subarray(0, n * 784), shape: [n, 28, 28, 1], labels: split.labels!.slice(0, n) });
const images = some(all.train, 200);
const test = some(all.test, 8);`,
      "sample(16,": "sample(2,",
    },
  })) as Record<string, { shape: number[]; mean: number; length: number; data: Float32Array }>;
  expect([boots.shape, completed.shape, pictures.shape]).toEqual([
    [2, 28, 28, 1],
    [8, 28, 28, 1],
    [8, 28, 28, 1],
  ]);
  expect(perCode.mean).toBeGreaterThan(0);
  expect(bytes.length).toBeGreaterThan(56);
});

test("the README's composed quantizers work by function and by name", async () => {
  const example = await runReadmeExample({ url: import.meta.url, example: 2 });
  const { made, named } = example as Record<string, VqVae>;
  const images = { data: new Float32Array(784).fill(0.5), shape: [1, 28, 28, 1] };
  expect((await made.encode(images)).shape).toEqual([1, 7, 7, 2]);
  expect((await named.encode(images)).shape).toEqual([1, 7, 7]);
  const { top, bottom } = await (example["levels"] as HierarchicalVqVae).encode(images);
  expect([top.shape, bottom.shape]).toEqual([
    [1, 4, 4],
    [1, 7, 7],
  ]);
});

test("the README's table of options is that of the factory", async () => {
  const wanted = describeOptions(vqVaeTable).map(({ name, default: value, doc }) => [
    name,
    value,
    doc,
  ]);
  expect(await readmeOptionRows(import.meta.url)).toEqual(wanted);
});
