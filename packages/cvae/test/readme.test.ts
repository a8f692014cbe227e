import { describeOptions } from "@elbo/core";
import { readmeOptionRows, runReadmeExample } from "@elbo/test-utils";
import { expect, test } from "vitest";
import { cvaeTable } from "../src/index.ts";

test("the README's example trains, evaluates, samples a class, saves and loads", async () => {
  const { scores, boots, again } = (await runReadmeExample({
    url: import.meta.url,
    replace: {
      "epochs: 10": "steps: 2",
      "await evaluate(model, test)": "await evaluate(model, test, { limit: 32, samples: 2 })",
    },
  })) as Record<string, { kind?: string; shape?: number[]; elbo?: { mean: number } }>;
  expect(scores.elbo?.mean).toBeLessThan(0);
  expect(boots.shape).toEqual([8, 28, 28, 1]);
  expect(again.kind).toBe("cvae");
});

test("the README's table of options is that of the factory", async () => {
  const wanted = describeOptions(cvaeTable).map(({ name, default: value, doc }) => [
    name,
    value,
    doc,
  ]);
  expect(await readmeOptionRows(import.meta.url)).toEqual(wanted);
});

const few = { "epochs: 10": 'steps: 2, progress: "silent"' };
type Shaped = Record<string, { shape?: number[]; length?: number; warning?: string }>;

test("the README's example of conditions samples with all, some and none of them", async () => {
  const found = await runReadmeExample({ url: import.meta.url, example: 1, replace: few });
  const { lighter, guided, anything } = found as Shaped;
  for (const images of [lighter, guided, anything]) expect(images.shape).toEqual([4, 28, 28, 1]);
});

test("the README's example of where the label goes measures it", async () => {
  const replace = {
    ...few,
    'await load("fashion-mini");': `await load("fashion-mini").then(({ train, test }) => {
      const first = (s) => ({ data: s.data.subarray(0, 200 * 784), shape: [200, 28, 28, 1], labels: s.labels.subarray(0, 200) });
      return { train: first(train), test: first(test) };
    });`,
  };
  const found = await runReadmeExample({ url: import.meta.url, example: 2, replace });
  const { leakage, temperature, error } = found as unknown as {
    leakage: { chance: number };
    temperature: number;
    error: number;
  };
  expect(leakage.chance).toBe(0.1);
  expect(temperature).toBeGreaterThan(0);
  expect(error).toBeGreaterThan(0);
});

test("the README's example of completion completes images", async () => {
  const replace = {
    ...few,
    'await load("fashion-mini");': `await load("fashion-mini").then(({ train, test }) => ({
      train, test: { data: test.data.subarray(0, 3 * 784), shape: [3, 28, 28, 1] } }));`,
  };
  const found = await runReadmeExample({ url: import.meta.url, example: 3, replace });
  const { completions, logLikelihood, distortion } = found as Shaped;
  expect(completions.shape).toEqual([3, 4, 28, 28, 1]);
  expect(logLikelihood).toHaveLength(3);
  expect(distortion).toHaveLength(3);
});

test("the README's example of few labels classifies", async () => {
  const found = await runReadmeExample({ url: import.meta.url, example: 4, replace: few });
  const { labels, boots } = found as Shaped;
  expect(labels).toHaveLength(1000);
  expect(boots.shape).toEqual([4, 28, 28, 1]);
});
